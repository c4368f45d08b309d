package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LimitStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a limit made of bandwidths in Redis: one string per caller. */
final class RedisLimit implements LimitStore, Lane.Store {

    private static final Logger log = LoggerFactory.getLogger(RedisLimit.class);

    private final Limit limit;
    private final Shared shared;
    private final MicroGcra gcra;
    private final LimitKeys keys;
    private final Denials denials;
    private final OutagePolicy outage;
    private final RareWarning foreignKey = new RareWarning();

    /** One for all keys, or one for each tag. */
    private final Lane[] lanes;

    RedisLimit(Limit limit, Shared shared) {
        this.limit = limit;
        this.shared = shared;
        gcra = new MicroGcra(limit);
        keys = shared.keys("l", limit);
        denials = new Denials(gcra, shared.time());
        outage = shared.outagePolicy(limit);
        lanes = new Lane[shared.breakers().size()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(this, shared.breakers().get(i), shared.time(), shared.timer(), shared.deadline());
        }
    }

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public long tryAcquire(String key, long permits) {
        throw Shared.noVerdict(limit);
    }

    @Override
    public CompletionStage<Decision> tryAcquireAsync(String caller, long permits) {
        String key = keys.of(caller);
        Decision denial = denials.denial(key, permits);
        if (denial != null) {
            return CompletableFuture.completedFuture(denial);
        }
        Lane lane = lanes[LimitKeys.tag(key) % lanes.length];
        return lane.isClosed()
                ? CompletableFuture.completedFuture(outage.decide(key, permits))
                : lane.ask(key, permits);
    }

    @Override
    public CompletableFuture<List<Long>> send(List<Ask> batch) {
        String[] batchKeys = new String[batch.size()];
        boolean weighted = false;
        for (int i = 0; i < batchKeys.length; i++) {
            Ask ask = batch.get(i);
            batchKeys[i] = ask.key;
            weighted |= ask.permits != 1 || ask.calls != 1;
        }
        List<String> arguments = new ArrayList<>();
        arguments.add(shared.scriptTime());
        gcra.addTo(arguments);
        if (weighted) {
            for (Ask ask : batch) {
                arguments.add(Long.toString(ask.permits));
                arguments.add(Integer.toString(ask.calls));
            }
        }
        return shared.link().run(Script.ACQUIRE, ScriptOutputType.MULTI, batchKeys, arguments.toArray(new String[0]));
    }

    @Override
    public void answer(List<Ask> batch, long sentNanos, List<Long> answer) {
        int at = 0;
        for (Ask first : batch) {
            long[] debtMicros = new long[gcra.bandwidths()];
            for (int i = 0; i < debtMicros.length; i++) {
                debtMicros[i] = answer.get(at++);
            }
            if (debtMicros[0] < 0) {
                warnOfForeignKey(first.key);
                decideAlone(List.of(first));
            } else {
                answer(first, sentNanos, debtMicros);
            }
        }
    }

    private void warnOfForeignKey(String key) {
        if (foreignKey.isDue()) {
            log.warn("{}. Until then the limit's onOutage decides on this caller", ForeignKeyException.text(key));
        }
    }

    /** Decides on a chain of equal calls as the script did: as often as they fit, then no more. */
    private void answer(Ask first, long sentNanos, long[] debtMicros) {
        List<Decision> decisions = new ArrayList<>(first.calls);
        boolean usedUp = false;
        for (int i = 0; i < first.calls; i++) {
            Decision decision = gcra.charge(debtMicros, first.permits, Decision.Source.STORE);
            usedUp |= decision.remaining() == 0 || !decision.allowed();
            decisions.add(decision);
        }
        if (usedUp) {
            // Before anybody learns of it, who might ask again or refund.
            denials.remember(first.key, sentNanos, debtMicros);
        }
        int i = 0;
        for (@Nullable Ask ask = first; ask != null; ask = ask.next) {
            ask.complete(decisions.get(i++));
        }
    }

    @Override
    public void decideAlone(List<Ask> batch) {
        for (Ask first : batch) {
            for (@Nullable Ask ask = first; ask != null; ask = ask.next) {
                ask.complete(outage.decide(ask.key, ask.permits));
            }
        }
    }

    /** A refund that Redis does not confirm in time is lost: the caller waits longer than need be, once. */
    @Override
    public CompletionStage<Void> refundAsync(String caller, long permits) {
        String key = keys.of(caller);
        List<String> arguments = new ArrayList<>();
        arguments.add(shared.scriptTime());
        gcra.addTo(arguments);
        arguments.add(Long.toString(permits));
        CompletableFuture<Long> refund = shared.link()
                .run(Script.REFUND, ScriptOutputType.INTEGER, new String[] {key}, arguments.toArray(new String[0]));
        return refund.orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS)
                .handle((found, failure) -> {
                    denials.forget(key);
                    if (failure != null) {
                        log.debug("A refund to limit \"{}\" was lost", limit.name(), failure);
                    }
                    return null;
                });
    }
}
