package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Signer;
import java.util.Map;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What users have configured, without an application around it. */
final class Configured {

    private Configured() {}

    static SluiceProperties with(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate(
                        "sluice",
                        Bindable.of(SluiceProperties.class),
                        new KnownPropertiesBindHandler(BindHandler.DEFAULT));
    }

    /** Returns the gates of such an application, whose state a backend keeps. */
    static HttpGate gates(Map<String, String> properties, Backend backend) {
        return new HttpGate(
                with(properties), backend, Signer.random(), Map.of(), GateObserver.NONE, SecurityOrder.DEFAULT);
    }

    /** Returns what requests go by if nothing is configured. */
    static LiveSettings byDefault() {
        return new LiveSettings(HttpSettings.of(with(Map.of())));
    }
}
