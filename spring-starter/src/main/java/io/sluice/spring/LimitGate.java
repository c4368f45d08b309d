package io.sluice.spring;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One rate limit over HTTP: who calls, may the call pass, and what is answered if not. */
final class LimitGate {

    private final RateLimiter limiter;
    private final KeyResolver key;
    private final KeyResolver otherwise;
    private final SluiceProperties.RateLimitHeaders headers;

    /**
     * A gate before a limiter.
     *
     * @param key who is counted
     * @param otherwise who is counted where that finds nobody
     */
    LimitGate(RateLimiter limiter, KeyResolver key, KeyResolver otherwise, SluiceProperties.RateLimitHeaders headers) {
        this.limiter = limiter;
        this.key = key;
        this.otherwise = otherwise;
        this.headers = headers;
    }

    Limit limit() {
        return limiter.limit();
    }

    RateLimiter limiter() {
        return limiter;
    }

    /** Tells whether callers are principals, so that who calls can be told without a request. */
    boolean countsPrincipals() {
        return key == KeyResolvers.PRINCIPAL;
    }

    /** Tells whether a call without a key is refused. */
    boolean refusesAnonymous() {
        return otherwise == KeyResolvers.NOBODY;
    }

    /** @throws IllegalArgumentException if the limit never grants so many permits to one call */
    void checkPermits(long permits) {
        if (permits < 1 || permits > limit().maxPermits()) {
            throw new IllegalArgumentException("A call on the limit \"" + limit().name() + "\" costs 1 to "
                    + limit().maxPermits() + " permits, but " + permits + " are asked for");
        }
    }

    /**
     * Returns the gate that charges a call so many permits.
     *
     * @throws IllegalArgumentException if the limit never grants so many
     */
    Gate costing(long permits) {
        return costing(permits, key);
    }

    /**
     * Returns the gate that charges a call so many permits.
     *
     * @param otherKey who is counted, in place of the limit's own key
     * @throws IllegalArgumentException if the limit never grants so many
     */
    Gate costing(long permits, KeyResolver otherKey) {
        checkPermits(permits);
        return call -> {
            Passage passage = Passage.of(call);
            return passage.once(this, () -> {
                String caller = KeyResolvers.callerOf(call, otherKey, otherwise);
                return charge(call, passage.charges(), caller, permits);
            });
        };
    }

    private CompletionStage<Optional<HttpAnswer>> charge(
            HttpCall call, Charges charges, @Nullable String caller, long permits) {
        if (caller == null || caller.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.of(unknownCaller(call)));
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
        return refuse(charges, refusal(call, Problem.QUOTA_EXCEEDED, waitNanos));
    }

    private CompletionStage<Optional<HttpAnswer>> onDecision(
            HttpCall call, Charges charges, String caller, long permits, Decision decision) {
        if (!decision.allowed()) {
            return refuse(charges, refusal(call, charges, decision));
        }
        show(call, charges, decision, decision.nextPermitAfterNanos());
        charges.add(limiter, caller, permits);
        return Gate.PASS;
    }

    private void show(HttpCall call, Charges charges, Decision decision, long waitNanos) {
        charges.show(call, headers, limit().name(), decision.bandwidth(), decision.remaining(), waitNanos);
    }

    private static CompletionStage<Optional<HttpAnswer>> refuse(Charges charges, HttpAnswer answer) {
        return charges.refund().thenApply(unused -> Optional.of(answer));
    }

    /** Returns what is answered to a call of a bean that the limit has refused. */
    HttpAnswer refusal(HttpCall call, RefusedException refused) {
        Decision decision = refused.decision();
        return decision == null
                ? unknownCaller(call)
                : refusal(call, Passage.of(call).charges(), decision);
    }

    private HttpAnswer refusal(HttpCall call, Charges charges, Decision denial) {
        show(call, charges, denial, denial.retryAfterNanos());
        boolean overloaded =
                denial.source() == Decision.Source.OUTAGE_POLICY && limit().onOutage() == Limit.OnOutage.CLOSED;
        return refusal(call, overloaded ? Problem.REDUCED_CAPACITY : Problem.QUOTA_EXCEEDED, denial.retryAfterNanos());
    }

    private HttpAnswer refusal(HttpCall call, Problem problem, long waitNanos) {
        return HttpAnswer.refusal(
                        call,
                        problem,
                        "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                        Map.of(
                                "violated-policies",
                                List.of(limit().name()),
                                "retryAfterMs",
                                HttpAnswer.wholeMillis(waitNanos)))
                .retryAfter(waitNanos);
    }

    private HttpAnswer unknownCaller(HttpCall call) {
        return HttpAnswer.refusal(
                call,
                Problem.NO_KEY,
                "The limit " + limit().name() + " wants to know who calls, and this request does not tell",
                Map.of());
    }
}
