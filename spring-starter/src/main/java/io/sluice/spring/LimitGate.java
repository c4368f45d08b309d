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

    private static final CompletionStage<Optional<HttpAnswer>> PASS =
            CompletableFuture.completedFuture(Optional.empty());

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

    /** Charges the call. Completes with the answer if it is refused, with nothing if it may pass. */
    CompletionStage<Optional<HttpAnswer>> enter(HttpCall call, long permits) {
        Charges charges = Charges.of(call);
        if (charges.has(limiter)) {
            return PASS;
        }
        String caller = callerOf(call);
        if (caller == null) {
            return CompletableFuture.completedFuture(Optional.of(pages.refusal(
                    call,
                    Problem.NO_KEY,
                    "The limit " + limit().name() + " wants to know who calls, and this request does not tell",
                    Map.of(),
                    0)));
        }
        if (limiter.isLocal()) {
            return onVerdict(call, charges, caller, permits, limiter.tryAcquireVerdict(caller, permits));
        }
        return limiter.tryAcquireAsync(caller, permits)
                .thenCompose(decision -> onDecision(call, charges, caller, permits, decision));
    }

    private @Nullable String callerOf(HttpCall call) {
        String caller = key.resolve(call);
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
            return PASS;
        }
        return refuse(call, charges, Problem.QUOTA_EXCEEDED, waitNanos);
    }

    private CompletionStage<Optional<HttpAnswer>> onDecision(
            HttpCall call, Charges charges, String caller, long permits, Decision decision) {
        long waitNanos = decision.allowed() ? decision.nextPermitAfterNanos() : decision.retryAfterNanos();
        charges.show(call, limit().name(), decision.bandwidth(), decision.remaining(), waitNanos);
        if (decision.allowed()) {
            charges.add(limiter, caller, permits);
            return PASS;
        }
        boolean overloaded =
                decision.source() == Decision.Source.OUTAGE_POLICY && limit().onOutage() == Limit.OnOutage.CLOSED;
        return refuse(call, charges, overloaded ? Problem.REDUCED_CAPACITY : Problem.QUOTA_EXCEEDED, waitNanos);
    }

    private CompletionStage<Optional<HttpAnswer>> refuse(
            HttpCall call, Charges charges, Problem problem, long waitNanos) {
        HttpAnswer answer = pages.refusal(
                call,
                problem,
                "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                Map.of("violated-policies", List.of(limit().name()), "retryAfterMs", HttpAnswer.wholeMillis(waitNanos)),
                waitNanos);
        return charges.refund().thenApply(unused -> Optional.of(answer));
    }
}
