package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.RateLimiter;
import io.sluice.spring.SluiceProperties.RateLimitHeaders;
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
    private long fewestRemaining = Long.MAX_VALUE;

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
     * Says in the headers how the limit stands.
     *
     * @param bandwidth what the figures are about; null if the limit is not made of bandwidths
     */
    void show(
            HttpCall call,
            RateLimitHeaders headers,
            String limit,
            @Nullable Bandwidth bandwidth,
            long remaining,
            long waitNanos) {
        if (headers == RateLimitHeaders.DRAFT || headers == RateLimitHeaders.BOTH) {
            showDraft(call, limit, bandwidth, remaining, waitNanos);
        }
        if (headers == RateLimitHeaders.LEGACY || headers == RateLimitHeaders.BOTH) {
            showLegacy(call, bandwidth, remaining, waitNanos);
        }
    }

    /** draft-ietf-httpapi-ratelimit-headers-10, lists as in RFC 9651. */
    private void showDraft(HttpCall call, String limit, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {
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

    /** One limit has room in them: the one that is nearest to refusing. */
    private void showLegacy(HttpCall call, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {
        if (remaining >= fewestRemaining) {
            return;
        }
        fewestRemaining = remaining;
        if (bandwidth != null) {
            call.setResponseHeader("X-RateLimit-Limit", Long.toString(bandwidth.permits()));
        }
        call.setResponseHeader("X-RateLimit-Remaining", Long.toString(remaining));
        call.setResponseHeader("X-RateLimit-Reset", Long.toString(HttpAnswer.wholeSeconds(waitNanos)));
    }

    private static StringBuilder separate(StringBuilder members) {
        return members.isEmpty() ? members : members.append(", ");
    }
}
