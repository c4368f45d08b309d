package io.sluice.spring;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One rate limit over HTTP: who calls, may the call pass, and what is answered if not. */
final class LimitGate {

    private final RateLimiter limiter;
    private final KeyResolver key;
    private final SluiceProperties.RateLimitHeaders headers;

    /**
     * A gate before a limiter.
     *
     * @param key who is counted; a call for which it finds nothing is refused
     */
    LimitGate(RateLimiter limiter, KeyResolver key, SluiceProperties.RateLimitHeaders headers) {
        this.limiter = limiter;
        this.key = key;
        this.headers = headers;
    }

    Limit limit() {
        return limiter.limit();
    }

    /**
     * Returns the gate that charges a call so many permits.
     *
     * @throws IllegalArgumentException if the limit never grants so many
     */
    Gate costing(long permits) {
        if (permits < 1 || permits > limit().maxPermits()) {
            throw new IllegalArgumentException("A call on the limit \"" + limit().name() + "\" costs 1 to "
                    + limit().maxPermits() + " permits, but " + permits + " are asked for");
        }
        return call -> {
            Passage passage = Passage.of(call);
            return passage.once(this, () -> charge(call, passage.charges(), permits));
        };
    }

    private CompletionStage<Optional<HttpAnswer>> charge(HttpCall call, Charges charges, long permits) {
        String caller = key.resolve(call);
        if (caller == null || caller.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.of(HttpAnswer.refusal(
                    call,
                    Problem.NO_KEY,
                    "The limit " + limit().name() + " wants to know who calls, and this request does not tell",
                    Map.of())));
        }
        if (limiter.isLocal()) {
            return onVerdict(call, charges, caller, permits, limiter.tryAcquireVerdict(caller, permits));
        }
        return limiter.tryAcquireAsync(caller, permits)
                .thenCompose(decision -> onDecision(call, charges, caller, permits, decision));
    }

    private CompletionStage<Optional<HttpAnswer>> onVerdict(
            HttpCall call, Charges charges, String caller, long permits, long verdict) {
        Limit limit = limit();
        boolean allowed = Limit.isAllowed(verdict);
        long waitNanos = allowed ? limit.nextPermitAfterNanos(verdict) : limit.retryAfterNanos(verdict, permits);
        charges.show(call, headers, limit.name(), limit.binding(verdict), limit.remaining(verdict), waitNanos);
        if (allowed) {
            charges.add(limiter, caller, permits);
            return Gate.PASS;
        }
        return refuse(call, charges, Problem.QUOTA_EXCEEDED, waitNanos);
    }

    private CompletionStage<Optional<HttpAnswer>> onDecision(
            HttpCall call, Charges charges, String caller, long permits, Decision decision) {
        long waitNanos = decision.allowed() ? decision.nextPermitAfterNanos() : decision.retryAfterNanos();
        charges.show(call, headers, limit().name(), decision.bandwidth(), decision.remaining(), waitNanos);
        if (decision.allowed()) {
            charges.add(limiter, caller, permits);
            return Gate.PASS;
        }
        boolean overloaded =
                decision.source() == Decision.Source.OUTAGE_POLICY && limit().onOutage() == Limit.OnOutage.CLOSED;
        return refuse(call, charges, overloaded ? Problem.REDUCED_CAPACITY : Problem.QUOTA_EXCEEDED, waitNanos);
    }

    private CompletionStage<Optional<HttpAnswer>> refuse(
            HttpCall call, Charges charges, Problem problem, long waitNanos) {
        HttpAnswer answer = HttpAnswer.refusal(
                        call,
                        problem,
                        "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                        Map.of(
                                "violated-policies",
                                List.of(limit().name()),
                                "retryAfterMs",
                                HttpAnswer.wholeMillis(waitNanos)))
                .retryAfter(waitNanos);
        return charges.refund().thenApply(unused -> Optional.of(answer));
    }
}
