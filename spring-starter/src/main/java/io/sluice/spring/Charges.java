package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.RateLimiter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What one request has been charged so far, limit by limit. Used by one thread at a time. */
final class Charges {

    private static final String ATTRIBUTE = Charges.class.getName();

    private record Charge(RateLimiter limiter, String key, long permits) {}

    private final Map<String, Charge> byLimit = new LinkedHashMap<>();
    private final StringBuilder policies = new StringBuilder();
    private final StringBuilder states = new StringBuilder();

    static Charges of(HttpCall call) {
        return (Charges) call.attributes().computeIfAbsent(ATTRIBUTE, unused -> new Charges());
    }

    /** Tells whether this request has been charged for a limit before: once is enough. */
    boolean has(RateLimiter limiter) {
        return byLimit.containsKey(limiter.limit().name());
    }

    void add(RateLimiter limiter, String key, long permits) {
        byLimit.put(limiter.limit().name(), new Charge(limiter, key, permits));
    }

    /** Notes that a limit has decided on this request and charged nothing. */
    void addNothing(RateLimiter limiter) {
        add(limiter, "", 0);
    }

    /** Gives back everything: the request was refused, so it costs nothing. */
    CompletionStage<Void> refund() {
        CompletableFuture<?>[] refunds = byLimit.values().stream()
                .filter(charge -> charge.permits() > 0)
                .map(charge -> charge.limiter()
                        .refundAsync(charge.key(), charge.permits())
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        byLimit.clear();
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
