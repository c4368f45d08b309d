package io.sluice.spring;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** Applies changed properties when Spring Cloud says that the environment has changed. */
final class ConfigurationRefresh implements ApplicationListener<EnvironmentChangeEvent> {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationRefresh.class);

    private final Environment environment;
    private final LiveConfiguration live;

    ConfigurationRefresh(Environment environment, LiveConfiguration live) {
        this.environment = environment;
        this.live = live;
    }

    /** Does not throw if the change is invalid: everything stays as it was, and the log says why. */
    @Override
    public void onApplicationEvent(EnvironmentChangeEvent event) {
        try {
            live.apply(Binder.get(environment)
                    .bindOrCreate(
                            "sluice",
                            Bindable.of(SluiceProperties.class),
                            new KnownPropertiesBindHandler(BindHandler.DEFAULT)));
        } catch (BindException e) {
            log.error("The changed configuration is refused, what was before stays: {}", reason(e));
        } catch (RuntimeException e) {
            log.error("The changed configuration is refused, what was before stays: {}", e.getMessage());
        }
    }

    private static String reason(BindException e) {
        Throwable root = rootOf(e);
        if (root instanceof SluiceConfigurationException) {
            return String.valueOf(root.getMessage());
        }
        String found =
                e.getProperty() == null ? "not set" : "\"" + e.getProperty().getValue() + "\"";
        return e.getName() + " is " + found + ": " + root.getMessage();
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : rootOf(cause);
    }
}
