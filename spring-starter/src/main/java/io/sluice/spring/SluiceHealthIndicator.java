package io.sluice.spring;

import io.sluice.Backend;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports whether the store answers. Always UP: while Redis is away, passes still work, waiting visitors keep their
 * places, and limits follow their outage policy. Taking a gateway out of service would add to the others' load and
 * help nobody.
 */
final class SluiceHealthIndicator extends AbstractHealthIndicator {

    private final Backend backend;
    private final String type;

    SluiceHealthIndicator(Backend backend, String type) {
        super("Sluice's state cannot be read");
        this.backend = backend;
        this.type = type;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        health.up()
                .withDetail("backend", type)
                .withDetail("store", backend.isAvailable() ? "answers" : "away")
                .withDetail("gateways", backend.gateways())
                .withDetails(RedisFigures.otherGateways(backend));
    }
}
