package io.sluice.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.cloud.gateway.support.MvcFoundOnClasspathException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says which of the two gateway starters to keep. Before Gateway's analyzer, which knows only the one on WebFlux. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class BothGatewaysFailureAnalyzer extends AbstractFailureAnalyzer<MvcFoundOnClasspathException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MvcFoundOnClasspathException cause) {
        return new FailureAnalysis(
                "Spring Cloud Gateway on WebFlux and Spring MVC are on one classpath, and do not run in one application",
                "Keep one of the starters spring-cloud-starter-gateway-server-webflux and"
                        + " spring-cloud-starter-gateway-server-webmvc. If Spring MVC comes with something else, set"
                        + " spring.main.web-application-type: reactive.",
                cause);
    }
}
