package io.sluice.spring;

import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The gates for visitors who are about to take a place, and all that is special about the limits behind them: they
 * exist as soon as there is a room, one of them counts visitors, and what they charge is not refunded.
 *
 * @param ofNameless for newcomers without a name, who get a random id
 * @param ofKeyed for newcomers with a name of their own choice
 * @param ofKnown for all others, by their names
 */
record LimitsOnJoins(Gate ofNameless, Gate ofKeyed, Function<String, Gate> ofKnown) {

    /** The limit on how many newcomers without a name an address may bring into waiting rooms. */
    private static final String JOINS = "waiting-room-joins";

    /** The limit on how many newcomers with a key of their own choice an address may bring into waiting rooms. */
    private static final String KEYED_JOINS = "waiting-room-keyed-joins";

    /** The limit on how often a visitor whom a room knows by name may join. */
    private static final String REJOINS = "waiting-room-rejoins";

    static final Set<String> NAMES = Set.of(JOINS, KEYED_JOINS, REJOINS);

    /** The key of {@link #REJOINS} alone: the visitor who joins. */
    private static final String VISITOR = "visitor";

    static LimitsOnJoins of(Function<String, LimitGate> limits) {
        return of(limits, (limit, otherKey) -> limit.costing(1, otherKey));
    }

    /** Returns the gates for a room in shadow mode: whom they refuse gets no place, and goes on all the same. */
    static LimitsOnJoins inShadow(Function<String, LimitGate> limits) {
        return of(limits, (limit, otherKey) -> limit.costingUnseen(1, otherKey));
    }

    private static LimitsOnJoins of(
            Function<String, LimitGate> limits, BiFunction<LimitGate, @Nullable KeyResolver, Gate> gate) {
        LimitGate rejoins = limits.apply(REJOINS);
        return new LimitsOnJoins(
                gate.apply(limits.apply(JOINS), null),
                gate.apply(limits.apply(KEYED_JOINS), null),
                visitor -> gate.apply(rejoins, call -> visitor));
    }

    /** Adds those that are not written to the limits of an application with rooms. */
    static void addTo(Map<String, SluiceProperties.LimitProperties> limits) {
        limits.putIfAbsent(JOINS, SluiceProperties.limit("100/1m", SluiceProperties.ADDRESS));
        limits.putIfAbsent(KEYED_JOINS, SluiceProperties.limit("1000/1m", SluiceProperties.ADDRESS));
        SluiceProperties.LimitProperties rejoins =
                limits.getOrDefault(REJOINS, SluiceProperties.limit("60/1m", VISITOR));
        limits.put(REJOINS, isWithoutKey(rejoins) ? rejoins.by(VISITOR) : rejoins);
    }

    /** The principal is the key of a limit for which none is written. */
    private static boolean isWithoutKey(SluiceProperties.LimitProperties rejoins) {
        return rejoins.key().equals(SluiceProperties.PRINCIPAL);
    }

    /**
     * Returns the key of any limit for calls that no room charges to it.
     *
     * @throws IllegalArgumentException if the limit on rejoins has a key of its own
     */
    static String keyOf(String limit, SluiceProperties.LimitProperties properties) {
        if (!limit.equals(REJOINS)) {
            return properties.key();
        }
        if (!properties.key().equals(VISITOR) && !isWithoutKey(properties)) {
            throw new IllegalArgumentException("key is \"" + properties.key()
                    + "\", but this limit counts the visitors of rooms: leave the key out");
        }
        return SluiceProperties.PRINCIPAL;
    }

    /**
     * Tells whether a later refusal refunds what a limit has charged. A join's charge pays for a place, which a later
     * refusal does not free.
     */
    static boolean isRefundable(String limit) {
        return !NAMES.contains(limit);
    }
}
