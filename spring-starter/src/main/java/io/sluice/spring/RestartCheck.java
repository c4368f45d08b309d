package io.sluice.spring;

import io.sluice.Limit;
import io.sluice.Signer;

/** Checks the changed properties that only a restart applies, so that what is accepted today does not prevent it. */
final class RestartCheck {

    private RestartCheck() {}

    /** @throws SluiceConfigurationException if an application with these properties would not start */
    static void check(SluiceProperties changed) {
        String secret = changed.secret();
        if (secret != null && !secret.isEmpty()) {
            SluiceConfigurationException.under("sluice.secret", () -> Signer.of(secret));
        }
        SluiceConfigurationException.under(
                "sluice.trusted-proxies", () -> new TrustedProxies(changed.trustedProxies()));
        SluiceConfigurationException.under(
                "sluice.waiting-room", () -> changed.waitingRoom().checked());
        SluiceConfigurationException.under(
                "sluice.pages",
                () -> new Pages(changed.pages(), changed.waitingRoom().path()));
        HttpGate.eachFilter(changed.filters(), (index, filter) -> check(filter, changed));
    }

    private static void check(SluiceProperties.FilterProperties filter, SluiceProperties changed) {
        if (filter.limit() != null) {
            Limit limit =
                    HttpGate.named("limit", changed.allLimits(), filter.limit()).toLimit(filter.limit());
            LimitGate.checkPermits(limit, filter.permits());
        }
        if (filter.room() != null) {
            HttpGate.named("room", changed.rooms(), filter.room());
        }
        if (filter.guard() != null) {
            HttpGate.named("guard", changed.guards(), filter.guard());
        }
        filter.toEntry(Gate.OPEN);
    }
}
