package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LimitStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a limit made of bandwidths in Redis; acquire.lua says how. */
final class RedisLimit implements LimitStore, Lane.Store {

    /*
     * Debts of at most 10 s are in hashes that callers share, longer ones in a string for each caller. So a limit
     * like 10/1s needs no strings, and does not even look for them. But it may have had another definition before,
     * with longer debts, and a changed limit keeps each debt, up to the new tolerance (see Backend.redefine). A caller
     * who owed more than that when the definition changed owes nothing one tolerance later. So a limit that has just
     * been made looks for strings for one tolerance.
     */

    private static final Logger log = LoggerFactory.getLogger(RedisLimit.class);

    /** As in acquire.lua. */
    private static final long LONGEST_SHARED_DEBT_MICROS = 10_000_000;

    /** The answer of acquire.lua if a hash holds something else. Any other number below zero: a string does. */
    private static final int FOREIGN_HASH = -2;

    private final Limit limit;
    private final Shared shared;
    private final MicroGcra gcra;
    private final LimitKeys keys;
    private final Denials denials;
    private final OutagePolicy outage;
    private final Throttle foreignKeyWarnings = Throttle.ofWarnings();
    private final boolean hasLongDebts;
    private final long madeNanos;
    private final long formerDebtsNanos;

    /** One for all callers, or one for each tag. */
    private final Lane[] lanes;

    RedisLimit(Limit limit, Shared shared) {
        this.limit = limit;
        this.shared = shared;
        gcra = new MicroGcra(limit);
        keys = shared.keys("l", limit.name());
        denials = new Denials(gcra, shared.time());
        outage = shared.outagePolicy(limit);
        hasLongDebts = gcra.longestToleranceMicros() > LONGEST_SHARED_DEBT_MICROS;
        madeNanos = shared.time().nanoTime();
        formerDebtsNanos = TimeUnit.MICROSECONDS.toNanos(gcra.longestToleranceMicros());
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
        String name = keys.name(caller);
        Decision denial = denials.denial(name, permits);
        if (denial != null) {
            return CompletableFuture.completedFuture(denial);
        }
        Lane lane = lanes[lane(name)];
        return lane.isClosed()
                ? CompletableFuture.completedFuture(outage.decide(name, permits))
                : lane.ask(name, permits);
    }

    private int lane(String name) {
        return LimitKeys.tag(name) % lanes.length;
    }

    @Override
    public CompletableFuture<List<Long>> send(List<Ask> batch) {
        boolean weighted = batch.stream().anyMatch(ask -> ask.permits != 1 || ask.calls != 1);
        String[] names = new String[batch.size()];
        String[] weights = new String[weighted ? 2 * names.length : 0];
        for (int i = 0; i < names.length; i++) {
            Ask ask = batch.get(i);
            names[i] = ask.name;
            if (weighted) {
                weights[2 * i] = Long.toString(ask.permits);
                weights[2 * i + 1] = Integer.toString(ask.calls);
            }
        }
        return run(names, weights);
    }

    private CompletableFuture<List<Long>> run(String[] names, String[] weights) {
        List<String> arguments = new ArrayList<>(names.length + weights.length + 8);
        arguments.add(shared.scriptTime());
        arguments.add(Integer.toString(names.length));
        gcra.addTo(arguments);
        Collections.addAll(arguments, names);
        Collections.addAll(arguments, weights);
        return shared.link().run(Script.ACQUIRE, ScriptOutputType.MULTI, keys(names), arguments.toArray(new String[0]));
    }

    private String[] keys(String[] names) {
        String[] generations = generations(names[0]);
        if (!hasLongDebts && shared.time().nanoTime() - madeNanos > formerDebtsNanos) {
            return generations;
        }
        String[] all = Arrays.copyOf(generations, generations.length + names.length);
        for (int i = 0; i < names.length; i++) {
            all[generations.length + i] = keys.ofName(names[i]);
        }
        return all;
    }

    private String[] generations(String name) {
        return keys.generations(lane(name));
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
                warnOfForeignKey(first.name, debtMicros[0]);
                decideAlone(List.of(first));
            } else {
                answer(first, sentNanos, debtMicros);
            }
        }
    }

    private void warnOfForeignKey(String name, long code) {
        if (foreignKeyWarnings.isDue()) {
            boolean isShared = code == FOREIGN_HASH;
            log.warn(
                    "{}. Until then the limit's onOutage decides on {}",
                    ForeignKeyException.text(isShared ? String.join(" or ", generations(name)) : keys.ofName(name)),
                    isShared ? "all callers" : "this caller");
        }
    }

    /** Decides on a chain of equal calls as the script did: allows them as often as they fit, then denies the rest. */
    private void answer(Ask first, long sentNanos, long[] debtMicros) {
        List<Decision> decisions = new ArrayList<>(first.calls);
        boolean usedUp = false;
        for (int i = 0; i < first.calls; i++) {
            Decision decision = gcra.charge(debtMicros, first.permits, Decision.Source.STORE);
            usedUp |= decision.remaining() == 0 || !decision.allowed();
            decisions.add(decision);
        }
        if (usedUp) {
            // Before a caller learns of it, who might ask again or refund.
            denials.remember(first.name, sentNanos, debtMicros);
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
                ask.complete(outage.decide(ask.name, ask.permits));
            }
        }
    }

    /** A refund that Redis does not confirm in time is lost: the caller waits longer than necessary, once. */
    @Override
    public CompletionStage<Void> refundAsync(String caller, long permits) {
        String name = keys.name(caller);
        if (lanes[lane(name)].isClosed()) {
            return CompletableFuture.completedFuture(null);
        }
        return run(new String[] {name}, new String[] {Long.toString(-permits), "1"})
                .orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS)
                .handle((debtMicros, failure) -> {
                    denials.forget(name);
                    if (failure != null) {
                        log.debug("A refund to limit \"{}\" was lost", limit.name(), failure);
                    }
                    return null;
                });
    }
}
