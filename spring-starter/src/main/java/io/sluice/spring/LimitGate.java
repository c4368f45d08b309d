package io.sluice.spring;

import io.sluice.Bandwidth;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One rate limit over HTTP: who calls, may the call pass, and what is answered if not. */
final class LimitGate {

    private static final Logger log = LoggerFactory.getLogger(LimitGate.class);

    private static final CompletionStage<Optional<HttpAnswer>> PASS =
            CompletableFuture.completedFuture(Optional.empty());

    /** What a live change replaces as a whole; a request goes by one of it from beginning to end. */
    record Definition(RateLimiter limiter, KeyResolver key, SluiceProperties.LimitProperties properties) {

        Limit limit() {
            return limiter.limit();
        }

        boolean shadow() {
            return properties.shadow();
        }
    }

    private volatile Definition definition;
    private final GateObserver.OfLimit observer;

    LimitGate(Definition definition, GateObserver observer) {
        this.definition = definition;
        this.observer = observer.limit(this);
    }

    Limit limit() {
        return definition.limit();
    }

    Definition definition() {
        return definition;
    }

    void redefine(Definition changed) {
        definition = changed;
    }

    /** Charges the call. Completes with the answer if it is refused, with nothing if it may pass. */
    CompletionStage<Optional<HttpAnswer>> enter(HttpCall call, long permits) {
        Definition now = definition;
        Charges charges = Charges.of(call);
        if (charges.has(now.limiter)) {
            return PASS;
        }
        String caller = callerOf(call, now);
        if (caller == null) {
            return refuseUnknown(call, charges, now);
        }
        // A live change may have made the burst smaller than what a route charges.
        long charged = Math.min(permits, now.limit().maxPermits());
        if (now.limiter.isLocal()) {
            return onVerdict(call, charges, now, caller, charged, now.limiter.tryAcquireVerdict(caller, charged));
        }
        return now.limiter
                .tryAcquireAsync(caller, charged)
                .thenCompose(decision -> onDecision(call, charges, now, caller, charged, decision));
    }

    private static @Nullable String callerOf(HttpCall call, Definition now) {
        String caller = now.key.resolve(call);
        if (caller != null && !caller.isEmpty()) {
            return caller;
        }
        return switch (now.properties.anonymous()) {
            case BY_ADDRESS -> KeyResolvers.ADDRESS.resolve(call);
            case SHARED -> KeyResolvers.SHARED.resolve(call);
            case REFUSE -> null;
        };
    }

    private CompletionStage<Optional<HttpAnswer>> onVerdict(
            HttpCall call, Charges charges, Definition now, String caller, long permits, long verdict) {
        Limit limit = now.limit();
        boolean allowed = Limit.isAllowed(verdict);
        long waitNanos = allowed ? limit.nextPermitAfterNanos(verdict) : limit.retryAfterNanos(verdict, permits);
        observer.decided(GateObserver.Outcome.of(allowed, now.shadow()), Decision.Source.STORE);
        show(call, charges, now, limit.binding(verdict), limit.remaining(verdict), waitNanos);
        if (allowed) {
            charges.add(now.limiter, caller, permits);
            return PASS;
        }
        debug(limit, caller, permits, Decision.Source.STORE, waitNanos);
        return refuse(call, charges, now, Problem.QUOTA_EXCEEDED, waitNanos);
    }

    private CompletionStage<Optional<HttpAnswer>> onDecision(
            HttpCall call, Charges charges, Definition now, String caller, long permits, Decision decision) {
        long waitNanos = decision.allowed() ? decision.nextPermitAfterNanos() : decision.retryAfterNanos();
        observer.decided(GateObserver.Outcome.of(decision.allowed(), now.shadow()), decision.source());
        show(call, charges, now, decision.bandwidth(), decision.remaining(), waitNanos);
        if (decision.allowed()) {
            charges.add(now.limiter, caller, permits);
            return PASS;
        }
        debug(now.limit(), caller, permits, decision.source(), waitNanos);
        boolean overloaded = decision.source() == Decision.Source.OUTAGE_POLICY
                && now.limit().onOutage() == Limit.OnOutage.CLOSED;
        return refuse(call, charges, now, overloaded ? Problem.REDUCED_CAPACITY : Problem.QUOTA_EXCEEDED, waitNanos);
    }

    /** Clients go by these fields, so a limit in shadow mode sends none. */
    private static void show(
            HttpCall call,
            Charges charges,
            Definition now,
            @Nullable Bandwidth bandwidth,
            long remaining,
            long waitNanos) {
        if (!now.shadow()) {
            charges.show(call, now.limit().name(), bandwidth, remaining, waitNanos);
        }
    }

    private static void debug(Limit limit, String caller, long permits, Decision.Source source, long waitNanos) {
        if (log.isDebugEnabled()) {
            log.debug(
                    "Over the limit: limit={} caller={} permits={} source={} retryAfterMs={}",
                    limit.name(),
                    CallerTag.of(caller),
                    permits,
                    source,
                    HttpAnswer.wholeMillis(waitNanos));
        }
    }

    private CompletionStage<Optional<HttpAnswer>> refuse(
            HttpCall call, Charges charges, Definition now, Problem problem, long waitNanos) {
        String name = now.limit().name();
        if (now.shadow()) {
            charges.addNothing(now.limiter);
            Shadow.mark(call, "limit", name);
            return PASS;
        }
        HttpAnswer answer = HttpAnswer.refusal(
                        call,
                        problem,
                        "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                        Map.of("violated-policies", List.of(name), "retryAfterMs", HttpAnswer.wholeMillis(waitNanos)))
                .retryAfter(waitNanos);
        return charges.refund().thenApply(unused -> Optional.of(answer));
    }

    private CompletionStage<Optional<HttpAnswer>> refuseUnknown(HttpCall call, Charges charges, Definition now) {
        String name = now.limit().name();
        log.debug("Caller unknown: limit={}", name);
        observer.decided(GateObserver.Outcome.of(false, now.shadow()), Decision.Source.STORE);
        if (now.shadow()) {
            charges.addNothing(now.limiter);
            Shadow.mark(call, "limit", name);
            return PASS;
        }
        return CompletableFuture.completedFuture(Optional.of(HttpAnswer.refusal(
                call,
                Problem.NO_KEY,
                "The limit " + name + " wants to know who calls, and this request does not tell",
                Map.of())));
    }
}
