package io.sluice.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Shows what is wrong with the configuration instead of a stack trace. Runs before Boot's, which knows no remedy. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SluiceFailureAnalyzer extends AbstractFailureAnalyzer<SluiceConfigurationException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, SluiceConfigurationException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.remedy(), cause);
    }
}
