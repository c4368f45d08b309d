package io.sluice.spring;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One rate limit over HTTP: who calls, whether the call may pass, and what is answered if not. */
final class LimitGate {

    private static final Logger log = LoggerFactory.getLogger(LimitGate.class);

    /**
     * What a live change replaces as a whole. A request keeps to one definition from beginning to end.
     *
     * @param key resolves the caller; a call for which it finds no key is refused
     */
    record Definition(RateLimiter limiter, KeyResolver key, SluiceProperties.LimitProperties properties) {

        Limit limit() {
            return limiter.limit();
        }

        boolean shadow() {
            return properties.shadow();
        }
    }

    private final LiveSettings settings;
    private final GateObserver.OfLimit observer;
    private final boolean refundable;
    private final Limit asSetUp;
    private volatile Definition definition;

    LimitGate(Definition definition, LiveSettings settings, GateObserver observer) {
        this.definition = definition;
        this.asSetUp = definition.limit();
        this.settings = settings;
        this.observer = observer.limit(this);
        this.refundable = LimitsOnJoins.isRefundable(definition.limit().name());
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

    /** Returns what happens to a call without a key. */
    SluiceProperties.Anonymous anonymous() {
        return definition.properties.anonymous();
    }

    /**
     * Checks the permits of one call. A number that the limit granted when it was set up stays valid: if the limit is
     * smaller by now, the call costs all that it grants.
     *
     * @throws IllegalArgumentException if the limit never grants so many permits to one call
     */
    void checkPermits(long permits) {
        checkPermits(permits <= asSetUp.maxPermits() ? asSetUp : limit(), permits);
    }

    /** @throws IllegalArgumentException if a limit never grants so many permits to one call */
    static void checkPermits(Limit limit, long permits) {
        if (permits < 1 || permits > limit.maxPermits()) {
            throw new IllegalArgumentException("A call on the limit \"" + limit.name() + "\" costs 1 to "
                    + limit.maxPermits() + " permits, but " + permits + " are asked for");
        }
    }

    /** Returns the gate that charges a call this many permits. */
    Gate costing(long permits) {
        return costing(permits, null);
    }

    /**
     * Returns the gate that charges a call this many permits.
     *
     * @param otherKey resolves the caller in place of the limit's own key; null for the limit's own. A call for which
     *     it finds no key is refused
     */
    Gate costing(long permits, @Nullable KeyResolver otherKey) {
        return costing(permits, otherKey, Passage::charges);
    }

    /**
     * Returns the gate that does the same for a call that goes on though the limit refuses it: nothing that the call
     * was charged before is refunded, and no header of its answer shows the limit.
     */
    Gate costingUnseen(long permits, @Nullable KeyResolver otherKey) {
        Gate unseen = costing(permits, otherKey, unused -> Charges.unseen());
        return call -> unseen.enter(call).thenApply(refusal -> {
            if (refusal.isPresent()) {
                // A gate that refuses the call for it has to refund and show it. Asking again costs no permit.
                Passage.of(call).forget(this);
            }
            return refusal;
        });
    }

    private Gate costing(long permits, @Nullable KeyResolver otherKey, Function<Passage, Charges> charges) {
        return call -> {
            Passage passage = Passage.of(call);
            return passage.once(this, () -> charge(call, charges.apply(passage), definition, otherKey, permits));
        };
    }

    private CompletionStage<Optional<HttpAnswer>> charge(
            GatedCall call, Charges charges, Definition now, @Nullable KeyResolver otherKey, long permits) {
        String caller = (otherKey == null ? now.key : otherKey).resolve(call);
        if (caller == null || caller.isEmpty()) {
            observeUnknownCaller(now);
            return now.shadow() ? passInShadow(call, now) : refuse(call, charges, unknownCaller(call));
        }
        long charged = affordable(now, permits);
        if (now.limiter.isLocal()) {
            long verdict = now.limiter.tryAcquireVerdict(caller, charged);
            Decision decision = now.limit().decision(verdict, charged, Decision.Source.STORE);
            return onDecision(call, charges, now, caller, charged, decision);
        }
        return now.limiter
                .tryAcquireAsync(caller, charged)
                .thenCompose(decision -> onDecision(call, charges, now, caller, charged, decision));
    }

    /** A live change may have made the burst smaller than what a route charges. */
    private static long affordable(Definition now, long permits) {
        return Math.min(permits, now.limit().maxPermits());
    }

    /**
     * Charges a call of a bean. Completes exceptionally with a {@link RefusedException} if it is refused.
     *
     * @param caller null if the caller is unknown, and to be refused
     * @param charged gets the action that refunds the permits, if they can be refunded
     */
    CompletionStage<Void> charge(@Nullable String caller, long permits, Consumer<Runnable> charged) {
        Definition now = definition;
        if (caller == null) {
            observeUnknownCaller(now);
            return now.shadow()
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(RefusedException.unknownCaller(
                            RefusedException.By.LIMIT, now.limit().name()));
        }
        long affordable = affordable(now, permits);
        return now.limiter.tryAcquireAsync(caller, affordable).thenAccept(decision -> {
            observe(now, caller, affordable, decision);
            if (decision.isRefundable()) {
                charged.accept(() -> now.limiter.refundAsync(caller, affordable));
            } else if (!decision.allowed() && !now.shadow()) {
                throw RefusedException.overLimit(now.limit().name(), caller, decision);
            }
        });
    }

    private CompletionStage<Optional<HttpAnswer>> onDecision(
            GatedCall call, Charges charges, Definition now, String caller, long permits, Decision decision) {
        observe(now, caller, permits, decision);
        if (!decision.allowed()) {
            return now.shadow()
                    ? passInShadow(call, now)
                    : refuse(call, charges, refusal(call, charges, now.limit(), decision));
        }
        if (!now.shadow()) {
            show(call, charges, now.limit(), decision);
        }
        if (refundable && decision.isRefundable()) {
            charges.add(now.limiter, caller, permits);
        }
        return Gate.PASS;
    }

    /** Clients act on a limit's headers, so a limit in shadow mode sends none but its mark. */
    private static CompletionStage<Optional<HttpAnswer>> passInShadow(GatedCall call, Definition now) {
        Shadow.mark(call, "limit", now.limit().name());
        return Gate.PASS;
    }

    private void observeUnknownCaller(Definition now) {
        log.debug("Caller unknown: limit={}", now.limit().name());
        observer.decided(GateObserver.Outcome.of(false, now.shadow()), Decision.Source.STORE);
    }

    private void observe(Definition now, String caller, long permits, Decision decision) {
        observer.decided(GateObserver.Outcome.of(decision.allowed(), now.shadow()), decision.source());
        logDenial(now.limit(), caller, permits, decision);
    }

    /** Logs the reason if a limit has refused a call. */
    static void logDenial(Limit limit, String caller, long permits, Decision decision) {
        if (!decision.allowed() && log.isDebugEnabled()) {
            log.debug(
                    "Over the limit: limit={} caller={} permits={} source={} retryAfterMs={}",
                    limit.name(),
                    CallerTag.of(caller),
                    permits,
                    decision.source(),
                    HttpAnswer.wholeMillis(decision.retryAfterNanos()));
        }
    }

    private void show(GatedCall call, Charges charges, Limit limit, Decision decision) {
        charges.show(call, settings.of(call).rateLimitHeaders(), limit.name(), decision);
    }

    private CompletionStage<Optional<HttpAnswer>> refuse(GatedCall call, Charges charges, HttpAnswer answer) {
        return charges.refund(call, settings.of(call).rateLimitHeaders()).thenApply(unused -> Optional.of(answer));
    }

    /** Returns the answer to a call of a bean that the limit has refused. */
    HttpAnswer refusal(GatedCall call, RefusedException refused) {
        Decision decision = refused.decision();
        return decision == null
                ? unknownCaller(call)
                : refusal(call, Passage.of(call).charges(), limit(), decision);
    }

    private HttpAnswer refusal(GatedCall call, Charges charges, Limit limit, Decision denial) {
        show(call, charges, limit, denial);
        boolean overloaded =
                denial.source() == Decision.Source.OUTAGE_POLICY && limit.onOutage() == Limit.OnOutage.CLOSED;
        long waitNanos = denial.retryAfterNanos();
        return settings.of(call)
                .pages()
                .refusal(
                        call,
                        overloaded ? Problem.REDUCED_CAPACITY : Problem.QUOTA_EXCEEDED,
                        "Try again after " + HttpAnswer.wholeMillis(waitNanos) + " ms.",
                        HttpAnswer.violated(limit.name(), waitNanos),
                        waitNanos);
    }

    private HttpAnswer unknownCaller(GatedCall call) {
        return settings.of(call)
                .pages()
                .refusal(
                        call,
                        Problem.NO_KEY,
                        "The limit " + limit().name() + " wants to know who calls, and this request does not tell",
                        Map.of(),
                        0);
    }
}
