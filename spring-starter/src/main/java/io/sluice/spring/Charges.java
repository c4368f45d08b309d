package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.RateLimiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What one request has been charged so far, limit by limit. Used by one thread at a time. */
final class Charges {

    private record Charge(RateLimiter limiter, String key, long permits) {}

    private final List<Charge> charges = new ArrayList<>(1);
    private final StringBuilder policies = new StringBuilder();
    private final StringBuilder states = new StringBuilder();

    void add(RateLimiter limiter, String key, long permits) {
        charges.add(new Charge(limiter, key, permits));
    }

    /** Gives back everything: the request was refused, so it costs nothing. */
    CompletionStage<Void> refund() {
        CompletableFuture<?>[] refunds = charges.stream()
                .map(charge -> charge.limiter()
                        .refundAsync(charge.key(), charge.permits())
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        charges.clear();
        return refunds.length == 0 ? CompletableFuture.completedFuture(null) : CompletableFuture.allOf(refunds);
    }

    /**
     * Says in the headers how the limit stands: draft-ietf-httpapi-ratelimit-headers-10, lists as in RFC 9651.
     *
     * @param bandwidth what the figures are about; null if the limit is not made of bandwidths
     */
    void show(HttpCall call, String limit, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {
        if (bandwidth != null) {
            separate(policies).append('"').append(limit).append("\";q=").append(bandwidth.permits());
            if (bandwidth.period().toNanosPart() == 0) {
                policies.append(";w=").append(bandwidth.period().toSeconds());
            }
            call.setResponseHeader("RateLimit-Policy", policies.toString());
        }
        separate(states).append('"').append(limit).append("\";r=").append(remaining);
        states.append(";t=").append(HttpAnswer.wholeSeconds(waitNanos));
        call.setResponseHeader("RateLimit", states.toString());
    }

    private static StringBuilder separate(StringBuilder members) {
        return members.isEmpty() ? members : members.append(", ");
    }
}
