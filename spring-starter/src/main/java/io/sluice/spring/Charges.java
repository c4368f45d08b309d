package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.Decision;
import io.sluice.RateLimiter;
import io.sluice.spring.SluiceProperties.RateLimitHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The charges of one request so far, limit by limit. Used by one thread at a time. */
final class Charges {

    private record Charge(RateLimiter limiter, String key, long permits) {}

    /**
     * What the headers say of one limit.
     *
     * @param bandwidth the bandwidth that the figures are of; null if the limit is not made of bandwidths
     */
    private record State(String limit, @Nullable Bandwidth bandwidth, long remaining, long waitNanos) {

        /** A refund moves the debt by whole permits, so the next one is there as soon as before, unless all are. */
        State refunded(long permits) {
            long refunded = remaining + permits;
            return bandwidth == null || refunded < bandwidth.burst()
                    ? new State(limit, bandwidth, refunded, waitNanos)
                    : new State(limit, bandwidth, bandwidth.burst(), 0);
        }

        long waitSeconds() {
            return HttpAnswer.wholeSeconds(waitNanos);
        }
    }

    private static final Comparator<State> NEAREST_TO_REFUSING =
            Comparator.comparingLong(State::remaining).thenComparing(State::waitNanos, Comparator.reverseOrder());

    private final List<Charge> charges = new ArrayList<>(1);
    private final List<State> states = new ArrayList<>(1);
    private final boolean areSeen;

    Charges() {
        this(true);
    }

    private Charges(boolean areSeen) {
        this.areSeen = areSeen;
    }

    /** Returns charges that no header of the answer shows. */
    static Charges unseen() {
        return new Charges(false);
    }

    void add(RateLimiter limiter, String key, long permits) {
        charges.add(new Charge(limiter, key, permits));
    }

    /** Keeps what is charged so far: a later refusal refunds nothing of it. */
    void keep() {
        charges.clear();
    }

    /** Refunds what is not kept, because a limit has refused: such a request costs nothing. Corrects the headers. */
    CompletionStage<Void> refund(GatedCall call, RateLimitHeaders headers) {
        CompletableFuture<?>[] refunds = charges.stream()
                .map(charge -> charge.limiter()
                        .refundAsync(charge.key(), charge.permits())
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        for (Charge charge : charges) {
            String limit = charge.limiter().limit().name();
            states.replaceAll(state -> state.limit.equals(limit) ? state.refunded(charge.permits) : state);
        }
        charges.clear();
        if (refunds.length == 0) {
            return CompletableFuture.completedFuture(null);
        }
        if (!states.isEmpty()) {
            show(call, headers);
        }
        return CompletableFuture.allOf(refunds);
    }

    /** Reports in the headers how a limit stands after a decision, in place of an earlier report. */
    void show(GatedCall call, RateLimitHeaders headers, String limit, Decision decision) {
        states.removeIf(earlier -> earlier.limit.equals(limit));
        states.add(new State(
                limit,
                decision.bandwidth(),
                decision.remaining(),
                decision.allowed() ? decision.nextPermitAfterNanos() : decision.retryAfterNanos()));
        show(call, headers);
    }

    private void show(GatedCall call, RateLimitHeaders headers) {
        if (!areSeen) {
            return;
        }
        if (headers == RateLimitHeaders.DRAFT || headers == RateLimitHeaders.BOTH) {
            showDraft(call);
        }
        if (headers == RateLimitHeaders.LEGACY || headers == RateLimitHeaders.BOTH) {
            showLegacy(call);
        }
    }

    /** Follows draft-ietf-httpapi-ratelimit-headers-10, with lists as in RFC 9651. */
    private void showDraft(GatedCall call) {
        String policies = "";
        String current = "";
        for (State state : states) {
            String name = '"' + state.limit + '"';
            if (state.bandwidth != null) {
                Duration period = state.bandwidth.period();
                String window = period.toNanosPart() == 0 ? ";w=" + period.toSeconds() : "";
                policies = append(policies, name + ";q=" + state.bandwidth.permits() + window);
            }
            current = append(current, name + ";r=" + state.remaining + ";t=" + state.waitSeconds());
        }
        if (!policies.isEmpty()) {
            call.setResponseHeader("RateLimit-Policy", policies);
        }
        call.setResponseHeader("RateLimit", current);
    }

    private static String append(String members, String member) {
        return members.isEmpty() ? member : members + ", " + member;
    }

    /** Has room for one limit. */
    private void showLegacy(GatedCall call) {
        State state = Collections.min(states, NEAREST_TO_REFUSING);
        if (state.bandwidth != null) {
            call.setResponseHeader("X-RateLimit-Limit", Long.toString(state.bandwidth.permits()));
        }
        call.setResponseHeader("X-RateLimit-Remaining", Long.toString(state.remaining));
        call.setResponseHeader("X-RateLimit-Reset", Long.toString(state.waitSeconds()));
    }
}
