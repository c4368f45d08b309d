package io.sluice.redis;

import io.sluice.Bandwidth;
import io.sluice.Decision;
import io.sluice.Limit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A limit made of bandwidths, in whole microseconds: writes the arguments of the script and reads its answers. */
final class MicroGcra {

    /*
     * Redis TIME has microseconds, and so have the numbers in Redis. A Lua number is a double, exact below 2^53. That
     * is enough for the microseconds of 285 years, but not for the nanoseconds of more than 104 days. The cost of a
     * permit is rounded up to a microsecond: at 3 a second a permit costs 333,334 µs, which loses two parts in a
     * million.
     *
     * The script answers with what the caller owed before. Client and script do the rest of the arithmetic alike.
     * Where n equal calls went out as one, the client charges them one after the other until one does not fit; that
     * is as often as the script charged them. GcraStore in the core explains GCRA itself.
     */

    private final List<Bandwidth> bandwidths;
    private final long[] costMicros;
    private final long[] toleranceMicros;

    /**
     * Reads the bandwidths of a limit.
     *
     * @throws IllegalArgumentException if rounding to microseconds would lose more than 1 % of the rate
     */
    MicroGcra(Limit limit) {
        bandwidths = limit.bandwidths();
        costMicros =
                bandwidths.stream().mapToLong(one -> costMicros(limit, one)).toArray();
        toleranceMicros = new long[costMicros.length];
        for (int i = 0; i < costMicros.length; i++) {
            toleranceMicros[i] = bandwidths.get(i).burst() * costMicros[i];
        }
    }

    private static long costMicros(Limit limit, Bandwidth bandwidth) {
        long costNanos = bandwidth.costNanos();
        long costMicros = (costNanos + 999) / 1_000;
        if (costMicros * 1_000 - costNanos > costMicros * 10) {
            throw new IllegalArgumentException("Limit \"" + limit.name() + "\": " + bandwidth
                    + " cannot be kept within 1 % at whole microseconds a permit, which is what Redis counts in."
                    + " Use a rate whose permits are 1, 2, 3, … µs apart, or charge for groups of calls");
        }
        return costMicros;
    }

    /** Returns how many debts a caller has. */
    int bandwidths() {
        return costMicros.length;
    }

    /** Returns the longest time until a caller is at rest. */
    long longestToleranceMicros() {
        return Arrays.stream(toleranceMicros).max().orElseThrow();
    }

    /** Adds the script's arguments that describe the limit. */
    void addTo(List<String> arguments) {
        arguments.add(Integer.toString(costMicros.length));
        for (int i = 0; i < costMicros.length; i++) {
            arguments.add(Long.toString(costMicros[i]));
            arguments.add(Long.toString(toleranceMicros[i]));
        }
    }

    /**
     * Decides on a caller with these debts as the script does, and adds the charge to them if the call is allowed.
     *
     * @param debtMicros for each bandwidth: 0 to its tolerance
     */
    Decision charge(long[] debtMicros, long permits, Decision.Source source) {
        int fewest = 0;
        long fewestMicros = 0;
        int longest = 0;
        long longestMicros = 0;
        for (int i = 0; i < costMicros.length; i++) {
            long headroomMicros = toleranceMicros[i] - debtMicros[i] - permits * costMicros[i];
            if (i == 0 || isFewer(headroomMicros, costMicros[i], fewestMicros, costMicros[fewest])) {
                fewest = i;
                fewestMicros = headroomMicros;
            }
            if (headroomMicros < longestMicros) {
                longest = i;
                longestMicros = headroomMicros;
            }
        }
        if (longestMicros < 0) {
            return decision(false, longest, longestMicros + permits * costMicros[longest], -longestMicros, source);
        }
        for (int i = 0; i < costMicros.length; i++) {
            debtMicros[i] += permits * costMicros[i];
        }
        return decision(true, fewest, fewestMicros, 0, source);
    }

    private Decision decision(
            boolean allowed, int binding, long headroomMicros, long retryAfterMicros, Decision.Source source) {
        long cost = costMicros[binding];
        long debtMicros = toleranceMicros[binding] - headroomMicros;
        return new Decision(
                allowed,
                headroomMicros / cost,
                nanos(retryAfterMicros),
                debtMicros == 0 ? 0 : nanos(cost - headroomMicros % cost),
                nanos(debtMicros),
                bandwidths.get(binding),
                source);
    }

    private static long nanos(long micros) {
        return TimeUnit.MICROSECONDS.toNanos(micros);
    }

    /** Tells whether a ÷ costA is less than b ÷ costB, exactly: compares a × costB with b × costA in 128 bits. */
    private static boolean isFewer(long a, long costA, long b, long costB) {
        long highA = Math.multiplyHigh(a, costB);
        long highB = Math.multiplyHigh(b, costA);
        return highA == highB ? Long.compareUnsigned(a * costB, b * costA) < 0 : highA < highB;
    }
}
