package io.sluice;

import io.github.bucket4j.BucketConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RateLimiter} allows each caller: one to four {@linkplain Bandwidth bandwidths}, all of which must have
 * room for a call, or any Bucket4j configuration. Immutable; equal if all properties are equal.
 *
 * <pre>{@code
 * Limit.of("per-user", 10, Duration.ofSeconds(1));
 * Limit.parse("per-user", "10/1s, 300/1m burst 50");
 * Limit.named("per-user").bandwidth(10, Duration.ofSeconds(1)).onOutage(OnOutage.CLOSED).maxKeys(1_000_000).build();
 * }</pre>
 *
 * <h2>Verdicts</h2>
 *
 * A <em>verdict</em> is a decision packed into one {@code long}, so that deciding allocates nothing and divides
 * nothing. {@link #isAllowed} reads any verdict; the other methods read only verdicts on this limit.
 */
public final class Limit {

    /*
     * A verdict of a limit made of bandwidths is (headroomNanos << 2 | index of the binding bandwidth) if allowed
     * and the complement ~ of that if denied. The headroom is tolerance - (TAT - now): what is left of the burst, in
     * time. Everything else follows from it and the limit, on demand: remaining = headroom ÷ cost; the next permit
     * comes after cost - headroom mod cost; the burst is full after tolerance - headroom; w denied permits fit after
     * w × cost - headroom. So a denied verdict tells both what is left and how long to wait, and a store needs to
     * return only TAT - now, the caller's debt. Tolerances are below 2^58, so nothing overflows.
     *
     * The binding bandwidth is the one with the fewest permits left if allowed, the one with the longest wait if
     * denied.
     *
     * BucketVerdict documents the packing for a Bucket4j configuration.
     */
    private static final int INDEX_BITS = 2;

    private static final int MAX_BANDWIDTHS = 1 << INDEX_BITS;
    private static final long MAX_HEADROOM_NANOS = Long.MAX_VALUE >> INDEX_BITS;
    private static final int DEFAULT_MAX_KEYS = 100_000;
    private static final int MOST_KEYS = 100_000_000;

    /**
     * Who decides while the store that holds the limit's state cannot answer in time. A local store always can. Whoever
     * decides, a caller whom this gateway knows to be over a limit of bandwidths goes on being refused until the permit
     * can be there; the store has decided that.
     */
    public enum OnOutage {
        /** This gateway decides alone, by its share: the rate ÷ the live gateways, and the whole burst. */
        LOCAL_SHARE,
        /** Every call is allowed. */
        OPEN,
        /** Every call is denied. */
        CLOSED
    }

    private final String name;
    private final List<Bandwidth> bandwidths;
    private final @Nullable BucketConfiguration configuration;
    private final OnOutage onOutage;
    private final int maxKeys;
    private final long maxPermits;
    private final long[] costNanos;
    private final long[] toleranceNanos;

    private Limit(Builder builder) {
        name = builder.name;
        bandwidths = List.copyOf(builder.bandwidths);
        configuration = builder.configuration;
        onOutage = builder.onOutage;
        maxKeys = builder.maxKeys;
        maxPermits = configuration == null
                ? bandwidths.stream().mapToLong(Bandwidth::burst).min().orElseThrow()
                : BucketVerdict.maxPermits(configuration);
        costNanos = bandwidths.stream().mapToLong(Bandwidth::costNanos).toArray();
        toleranceNanos =
                bandwidths.stream().mapToLong(Bandwidth::toleranceNanos).toArray();
    }

    /**
     * Returns a limit of one bandwidth, whose burst is one period's permits.
     *
     * @param name 1 to 64 characters of {@code A-Z a-z 0-9 . _ -}
     * @throws IllegalArgumentException if the name or a number is out of range; see {@link Bandwidth}
     */
    public static Limit of(String name, long permits, Duration period) {
        return named(name).bandwidth(permits, period).build();
    }

    /**
     * Returns a limit that Bucket4j describes and decides, for refill at intervals, initial tokens and the like.
     * Slower and larger than plain bandwidths, so use it where they do not suffice. Its {@link #maxPermits} is the
     * smallest capacity.
     *
     * @throws IllegalArgumentException if the name is out of range
     */
    public static Limit of(String name, BucketConfiguration configuration) {
        return named(name).configuration(configuration).build();
    }

    /**
     * Returns a limit of one or several bandwidths, such as {@code "10/1s"}, {@code "10/250ms"} or
     * {@code "10/1s, 300/1m burst 50"}. Units are ns, us, ms, s, m, h and d.
     *
     * @throws IllegalArgumentException if the text cannot be read or a number is out of range; the message names the
     *     mistake and shows what is expected
     */
    public static Limit parse(String name, String text) {
        return named(name).rate(text).build();
    }

    /**
     * Starts a limit of this name.
     *
     * @throws IllegalArgumentException if the name is out of range
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /**
     * Starts a limit with the properties of this one, such as the definition to change to in
     * {@link RateLimiter#redefine}: {@code limit.toBuilder().rate("20/1s").build()}. {@link Builder#rate} and
     * {@link Builder#configuration} replace what decides; {@link Builder#bandwidth(Bandwidth)} adds to it.
     */
    public Builder toBuilder() {
        Builder builder = new Builder(name).onOutage(onOutage).maxKeys(maxKeys);
        builder.bandwidths.addAll(bandwidths);
        builder.configuration = configuration;
        return builder;
    }

    /** Returns the name, which is also its identity in a backend. */
    public String name() {
        return name;
    }

    /** Returns one to four bandwidths; none if the limit has a {@link #configuration}. */
    public List<Bandwidth> bandwidths() {
        return bandwidths;
    }

    /**
     * Returns the bandwidths in the form that {@link #parse} reads, such as {@code "10/1s, 300/1m burst 50"}; empty if
     * the limit has a {@link #configuration}.
     */
    public String rate() {
        return LimitText.format(bandwidths);
    }

    /** Returns the Bucket4j configuration, or null if the limit is made of bandwidths. */
    public @Nullable BucketConfiguration configuration() {
        return configuration;
    }

    /** Returns who decides while the store cannot answer. */
    public OnOutage onOutage() {
        return onOutage;
    }

    /** Returns for how many callers a local store keeps records; see {@link Builder#maxKeys}. */
    public int maxKeys() {
        return maxKeys;
    }

    /** Returns the largest number of permits that one call may ask for: the smallest burst. */
    public long maxPermits() {
        return maxPermits;
    }

    /** Returns {@link Bandwidth#costNanos} of each bandwidth; do not modify. */
    long[] costNanos() {
        return costNanos;
    }

    /** Returns {@link Bandwidth#toleranceNanos} of each bandwidth; do not modify. */
    long[] toleranceNanos() {
        return toleranceNanos;
    }

    /** Tells whether the permits were charged. */
    public static boolean isAllowed(long verdict) {
        return verdict >= 0;
    }

    /**
     * For local stores: packs the verdict of a limit made of bandwidths.
     *
     * @param headroomNanos {@link Bandwidth#toleranceNanos} - (TAT - now) of the binding bandwidth, after the charge if
     *     allowed; 0 to 2^61 - 1
     * @param bandwidth the index of the binding bandwidth in {@link #bandwidths}; 0 to 3
     * @throws IllegalArgumentException if a number is out of these ranges
     */
    public static long verdict(boolean allowed, long headroomNanos, int bandwidth) {
        if (headroomNanos < 0 || headroomNanos > MAX_HEADROOM_NANOS) {
            throw new IllegalArgumentException(
                    "headroomNanos must be 0 to " + MAX_HEADROOM_NANOS + ", but was " + headroomNanos);
        }
        if (bandwidth < 0 || bandwidth >= MAX_BANDWIDTHS) {
            throw new IllegalArgumentException(
                    "The index of a bandwidth must be 0 to " + (MAX_BANDWIDTHS - 1) + ", but was " + bandwidth);
        }
        long packed = (headroomNanos << INDEX_BITS) | bandwidth;
        return allowed ? packed : ~packed;
    }

    /**
     * For stores: packs the verdict of a limit that has a {@link #configuration}.
     *
     * @param remaining tokens left after the charge, or before it if denied; 0 or more. The verdict says 2,147,483,647
     *     of any more
     * @param waitNanos how long until the permits fit if denied, until one more token is available if allowed; 0 or
     *     more. Rounded up to milliseconds, from 24 days on to 65.536 s
     * @throws IllegalArgumentException if a number is out of these ranges
     */
    public static long bucketVerdict(boolean allowed, long remaining, long waitNanos) {
        if (remaining < 0 || waitNanos < 0) {
            throw new IllegalArgumentException(
                    "remaining and waitNanos must be 0 or more, but were " + remaining + " and " + waitNanos);
        }
        return BucketVerdict.of(allowed, remaining, waitNanos);
    }

    /**
     * Returns how many permits could be charged right now: {@link Decision#remaining}. If the limit has a
     * {@link #configuration}, it stops at 2,147,483,647.
     */
    public long remaining(long verdict) {
        return configuration == null ? headroomNanos(verdict) / cost(verdict) : BucketVerdict.remaining(verdict);
    }

    /**
     * Returns how long until the denied permits fit, more than 0; 0 if they were allowed:
     * {@link Decision#retryAfterNanos}. If the limit has a {@link #configuration}, it is rounded up to milliseconds,
     * from 24 days on to 65.536 s.
     *
     * @param permits as asked for when the verdict was made
     */
    public long retryAfterNanos(long verdict, long permits) {
        if (isAllowed(verdict)) {
            return 0;
        }
        return configuration == null
                ? permits * cost(verdict) - headroomNanos(verdict)
                : BucketVerdict.waitNanos(verdict);
    }

    /**
     * Returns how long until one more permit is available; 0 if at rest: {@link Decision#nextPermitAfterNanos}. If
     * the limit has a {@link #configuration} and the permits were denied, the same as {@link #retryAfterNanos}.
     */
    public long nextPermitAfterNanos(long verdict) {
        if (configuration != null) {
            return BucketVerdict.waitNanos(verdict);
        }
        return resetAfterNanos(verdict) == 0 ? 0 : cost(verdict) - headroomNanos(verdict) % cost(verdict);
    }

    /**
     * Returns how long until the burst is full; 0 if it is: {@link Decision#resetAfterNanos}. An upper bound if the
     * limit has a {@link #configuration}. Of several bandwidths, one that has permits left and whose first refill is
     * more than a period away can need longer.
     */
    public long resetAfterNanos(long verdict) {
        return configuration == null
                ? toleranceNanos[index(verdict)] - headroomNanos(verdict)
                : BucketVerdict.resetAfterNanos(configuration, verdict);
    }

    /** Returns the bandwidth that a verdict is about; null if the limit has a {@link #configuration}. */
    public @Nullable Bandwidth binding(long verdict) {
        return configuration == null ? bandwidths.get(index(verdict)) : null;
    }

    /** Unpacks a verdict on the given number of permits. */
    public Decision decision(long verdict, long permits, Decision.Source source) {
        return new Decision(
                isAllowed(verdict),
                remaining(verdict),
                retryAfterNanos(verdict, permits),
                nextPermitAfterNanos(verdict),
                resetAfterNanos(verdict),
                binding(verdict),
                source);
    }

    private long cost(long verdict) {
        return costNanos[index(verdict)];
    }

    private static int index(long verdict) {
        return (int) unsigned(verdict) & (MAX_BANDWIDTHS - 1);
    }

    private static long headroomNanos(long verdict) {
        return unsigned(verdict) >> INDEX_BITS;
    }

    private static long unsigned(long verdict) {
        return verdict < 0 ? ~verdict : verdict;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Limit that
                && name.equals(that.name)
                && bandwidths.equals(that.bandwidths)
                && Objects.equals(configuration, that.configuration)
                && onOutage == that.onOutage
                && maxKeys == that.maxKeys;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, bandwidths, configuration, onOutage, maxKeys);
    }

    @Override
    public String toString() {
        String rate = configuration == null ? bandwidths.toString() : configuration.toString();
        return "Limit " + name + " " + rate + ", onOutage " + onOutage + ", maxKeys " + maxKeys;
    }

    /** Collects the properties of a {@link Limit}. Not safe for use by several threads. */
    public static final class Builder {

        private final String name;
        private final List<Bandwidth> bandwidths = new ArrayList<>();
        private @Nullable BucketConfiguration configuration;
        private OnOutage onOutage = OnOutage.LOCAL_SHARE;
        private int maxKeys = DEFAULT_MAX_KEYS;

        private Builder(String name) {
            Names.check("limit", name);
            this.name = name;
        }

        /**
         * Adds a bandwidth whose burst is one period's permits.
         *
         * @throws IllegalArgumentException if a number is out of range; see {@link Bandwidth}
         */
        public Builder bandwidth(long permits, Duration period) {
            return bandwidth(new Bandwidth(permits, period));
        }

        /**
         * Adds a bandwidth.
         *
         * @throws IllegalArgumentException if a number is out of range; see {@link Bandwidth}
         */
        public Builder bandwidth(long permits, Duration period, long burst) {
            return bandwidth(new Bandwidth(permits, period, burst));
        }

        /** Adds a bandwidth. */
        public Builder bandwidth(Bandwidth bandwidth) {
            bandwidths.add(Objects.requireNonNull(bandwidth, "bandwidth"));
            return this;
        }

        /**
         * Sets the bandwidths, in the form that {@link Limit#parse} reads, in place of all that decides so far.
         *
         * @throws IllegalArgumentException if the text cannot be read or a number is out of range
         */
        public Builder rate(String text) {
            List<Bandwidth> parsed = LimitText.parse(name, Objects.requireNonNull(text, "text"));
            bandwidths.clear();
            bandwidths.addAll(parsed);
            configuration = null;
            return this;
        }

        /** Has Bucket4j decide, in place of all that decides so far. */
        public Builder configuration(BucketConfiguration configuration) {
            this.configuration = Objects.requireNonNull(configuration, "configuration");
            bandwidths.clear();
            return this;
        }

        /** Sets who decides while the store cannot answer. Default {@link OnOutage#LOCAL_SHARE}. */
        public Builder onOutage(OnOutage onOutage) {
            this.onOutage = Objects.requireNonNull(onOutage, "onOutage");
            return this;
        }

        /**
         * Sets for how many callers in debt at the same time a local store keeps records; a caller at rest needs
         * none. A local store takes about 40 bytes for each when it is created (with one bandwidth; 18 more for each
         * further one). Default 100,000.
         *
         * <p>With a Bucket4j configuration all callers count: each has a bucket from the first call until none has
         * come for a minute longer than the bucket could need to fill up. Buckets are made as callers come. When
         * there are more, some are forgotten, newcomers too, whether they are at rest or not.
         *
         * @param maxKeys 1 to 100,000,000
         * @throws IllegalArgumentException if out of range
         */
        public Builder maxKeys(int maxKeys) {
            if (maxKeys < 1 || maxKeys > MOST_KEYS) {
                throw new IllegalArgumentException("maxKeys must be 1 to " + MOST_KEYS + ", but was " + maxKeys);
            }
            this.maxKeys = maxKeys;
            return this;
        }

        /**
         * Returns the limit.
         *
         * @throws IllegalArgumentException if there is no bandwidth, more than four, or both bandwidths and a
         *     configuration
         */
        public Limit build() {
            boolean general = configuration != null;
            if (general ? !bandwidths.isEmpty() : bandwidths.isEmpty() || bandwidths.size() > MAX_BANDWIDTHS) {
                throw new IllegalArgumentException("Limit \"" + name + "\" needs one to " + MAX_BANDWIDTHS
                        + " bandwidths or a configuration, but has " + bandwidths.size() + " bandwidths"
                        + (general ? " and a configuration" : ""));
            }
            return new Limit(this);
        }
    }
}
