package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.RateLimiter;
import io.sluice.spring.SluiceProperties.RateLimitHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The charges of one request so far, limit by limit. Used by one thread at a time. */
final class Charges {

    private record Charge(RateLimiter limiter, String key, long permits) {}

    private final List<Charge> charges = new ArrayList<>(1);
    private String policies = "";
    private String states = "";
    private long fewestRemaining = Long.MAX_VALUE;
    private long longestWaitNanos;

    void add(RateLimiter limiter, String key, long permits) {
        charges.add(new Charge(limiter, key, permits));
    }

    /** Refunds everything: a refused request costs nothing. */
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
     * Reports the state of a limit in the headers.
     *
     * @param bandwidth the bandwidth that the figures are of; null if the limit is not made of bandwidths
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

    /** Follows draft-ietf-httpapi-ratelimit-headers-10, with lists as in RFC 9651. */
    private void showDraft(HttpCall call, String limit, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {
        String name = '"' + limit + '"';
        if (bandwidth != null) {
            Duration period = bandwidth.period();
            String window = period.toNanosPart() == 0 ? ";w=" + period.toSeconds() : "";
            policies = append(policies, name + ";q=" + bandwidth.permits() + window);
            call.setResponseHeader("RateLimit-Policy", policies);
        }
        states = append(states, name + ";r=" + remaining + ";t=" + HttpAnswer.wholeSeconds(waitNanos));
        call.setResponseHeader("RateLimit", states);
    }

    /** Has room for one limit: the one nearest to refusing. */
    private void showLegacy(HttpCall call, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {
        if (remaining > fewestRemaining || (remaining == fewestRemaining && waitNanos <= longestWaitNanos)) {
            return;
        }
        fewestRemaining = remaining;
        longestWaitNanos = waitNanos;
        if (bandwidth != null) {
            call.setResponseHeader("X-RateLimit-Limit", Long.toString(bandwidth.permits()));
        }
        call.setResponseHeader("X-RateLimit-Remaining", Long.toString(remaining));
        call.setResponseHeader("X-RateLimit-Reset", Long.toString(HttpAnswer.wholeSeconds(waitNanos)));
    }

    private static String append(String members, String member) {
        return members.isEmpty() ? member : members + ", " + member;
    }
}
