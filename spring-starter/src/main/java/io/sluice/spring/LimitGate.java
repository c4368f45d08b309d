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
    private final SluiceProperties.Anonymous anonymous;
    private final Pages pages;

    LimitGate(RateLimiter limiter, KeyResolver key, SluiceProperties.Anonymous anonymous, Pages pages) {
        this.limiter = limiter;
        this.key = key;
        this.anonymous = anonymous;
        this.pages = pages;
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
        return anonymous == SluiceProperties.Anonymous.REFUSE;
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
            return passage.once(this, () -> charge(call, passage.charges(), callerOf(call, otherKey), permits));
        };
    }

    private CompletionStage<Optional<HttpAnswer>> charge(
            HttpCall call, Charges charges, @Nullable String caller, long permits) {
        if (caller == null) {
            return CompletableFuture.completedFuture(Optional.of(unknownCaller(call)));
        }
        if (limiter.isLocal()) {
            return onVerdict(call, charges, caller, permits, limiter.tryAcquireVerdict(caller, permits));
        }
        return limiter.tryAcquireAsync(caller, permits)
                .thenCompose(decision -> onDecision(call, charges, caller, permits, decision));
    }

    private @Nullable String callerOf(HttpCall call, KeyResolver by) {
        String caller = by.resolve(call);
        if (caller != null && !caller.isEmpty()) {
            return caller;
        }
        return switch (anonymous) {
            case BY_ADDRESS -> KeyResolvers.ADDRESS.resolve(call);
            case SHARED -> KeyResolvers.SHARED.resolve(call);
            case REFUSE -> null;
        };
    }

    private CompletionStage<Optional<HttpAnswer>> onVerdict(
            HttpCall call, Charges charges, String caller, long permits, long verdict) {
        Limit limit = limit();
        boolean allowed = Limit.isAllowed(verdict);
        long waitNanos = allowed ? limit.nextPermitAfterNanos(verdict) : limit.retryAfterNanos(verdict, permits);
        charges.show(call, limit.name(), limit.binding(verdict), limit.remaining(verdict), waitNanos);
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
        charges.show(call, limit().name(), decision.bandwidth(), decision.remaining(), waitNanos);
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
        return pages.refusal(
                call,
                problem,
                "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                Map.of("violated-policies", List.of(limit().name()), "retryAfterMs", HttpAnswer.wholeMillis(waitNanos)),
                waitNanos);
    }

    private HttpAnswer unknownCaller(HttpCall call) {
        return pages.refusal(
                call,
                Problem.NO_KEY,
                "The limit " + limit().name() + " wants to know who calls, and this request does not tell",
                Map.of(),
                0);
    }
}
