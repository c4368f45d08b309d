package io.sluice.benchmarks.replay;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;

/** Plays one arm: starts the shop, the gateways and the client, lets the crowd in, and closes all of it again. */
final class ArmRun implements AutoCloseable {

    private static final Duration PROGRESS_PERIOD = Duration.ofSeconds(3);
    private static final long SETTLE_NANOS = Durations.seconds(2);

    /** After this real time, gateways on one Redis know of each other. */
    private static final long ACQUAINTED_REAL_NANOS = Durations.seconds(1.5);

    private static final int EARLY_USERS = 40;
    private static final int FIRST_EARLY_USER = 1_000_000;

    private final ArmPlan plan;
    private final ReplaySettings settings;
    private final boolean earlyUsers;
    private final Progress progress;
    private final Failures failures = new Failures();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Thread closeOnInterrupt = new Thread(this::closeAll, "replay-close");
    private Optional<RedisStore> redis = Optional.empty();
    private boolean closed;

    /**
     * Creates the run of an arm.
     *
     * @param earlyUsers whether some users, who are not counted, come before the ramp, so that gateways in new JVMs
     *     do not meet the crowd cold
     */
    ArmRun(ArmPlan plan, ReplaySettings settings, boolean earlyUsers, Progress progress) {
        this.plan = plan;
        this.settings = settings;
        this.earlyUsers = earlyUsers;
        this.progress = progress;
        Runtime.getRuntime().addShutdownHook(closeOnInterrupt);
    }

    /**
     * Plays the arm.
     *
     * @throws IllegalStateException if something failed that is no part of the arm
     */
    ArmResult play() throws InterruptedException {
        try {
            return playAll();
        } finally {
            // What failed first tells more than what followed from it.
            failures.check();
        }
    }

    private ArmResult playAll() throws InterruptedException {
        long originNanoTime = System.nanoTime();
        double compression = settings.compression();
        ShopServer shop =
                open(new ShopServer(settings.model(), plan.pods(), compression, originNanoTime, plan.seed(), failures));
        redis = openRedis();
        GatewayFleet gateways = open(startGateways(shop));
        LoadClient client = open(new LoadClient(gateways.uris(), compression, originNanoTime, failures));
        if (earlyUsers) {
            letEarlyUsersIn(client);
        }
        Optional<HostileUsers> hostile = logHostileUsersIn(client);

        CpuMeter cpu = open(new CpuMeter(gateways::processCpuNanos));
        Crowd crowd = new Crowd(0, settings.users(), settings.rampNanos(), client, settings.affinity(), plan.seed());
        long rampStartNanos = client.timeline().nowNanos() + settleNanos();
        Optional<RedisWatch> watch =
                redis.map(store -> open(new RedisWatch(store, compression, originNanoTime, failures)));
        if (settings.deployment().killsRedis()) {
            watch.ifPresent(each -> each.killAt(rampStartNanos + settings.rampNanos() / 2));
        }
        crowd.start(rampStartNanos);
        hostile.ifPresent(users -> client.execute(users::start));
        await(crowd, settings.rampNanos());
        Map<CpuMeter.Part, Double> cpuSeconds = cpu.seconds();
        Optional<HostileFigures> hostileFigures =
                hostile.isPresent() ? Optional.of(stop(hostile.get(), client, shop)) : Optional.empty();

        return new ArmResult(
                plan,
                settings,
                crowd.samples(),
                rampStartNanos,
                shop.ask(Shop::figures),
                physics(hostileFigures.map(HostileFigures::reachedShopPerSecond).orElse(0.0)),
                cpuSeconds,
                crowd.lag(),
                hostileFigures,
                watch.map(RedisWatch::figures));
    }

    Physics physics(double hostileCallsPerSecond) {
        return Physics.of(plan.pods(), settings.model(), settings.users(), settings.rampNanos(), hostileCallsPerSecond);
    }

    /** Returns the Redis of the arm, which lives until the run is closed. */
    Optional<RedisStore> redis() {
        return redis;
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(closeOnInterrupt);
        } catch (IllegalStateException endingAlready) {
            // The hook itself is what runs now.
        }
    }

    private Optional<RedisStore> openRedis() {
        boolean onRedis = plan.arm().guarded() && settings.deployment().onRedis();
        return onRedis ? Optional.of(open(RedisStore.open(settings.deployment()))) : Optional.empty();
    }

    private GatewayFleet startGateways(ShopServer shop) {
        Map<String, Object> properties = gatewayProperties(shop);
        redis.ifPresent(store -> properties.putAll(store.properties()));
        if (settings.deployment().processes()) {
            return GatewayFleet.inProcesses(plan.gateways(), properties);
        }
        boolean localBackend = plan.arm().guarded() && redis.isEmpty();
        return GatewayFleet.inThisProcess(
                plan.gateways(), properties, localBackend ? open(new SharedBackend()) : context -> {});
    }

    private Map<String, Object> gatewayProperties(ShopServer shop) {
        if (!plan.arm().guarded()) {
            return GatewayProperties.unprotected(shop.uri());
        }
        return GatewayProperties.guarded(
                shop.uri(), settings.bounds(plan.pods()), settings.roomCapacity(), settings.compression());
    }

    private long settleNanos() {
        boolean onRedis = settings.deployment().onRedis();
        return Math.max(SETTLE_NANOS, onRedis ? (long) (ACQUAINTED_REAL_NANOS * settings.compression()) : 0);
    }

    /** Lets users in at half the pace at which the pods can log them in. They have left when the ramp begins. */
    private void letEarlyUsersIn(LoadClient client) throws InterruptedException {
        long rampNanos = 2 * loginNanos(EARLY_USERS);
        Crowd early = new Crowd(FIRST_EARLY_USER, EARLY_USERS, rampNanos, client, settings.affinity(), plan.seed());
        progress.say("  " + EARLY_USERS + " early users (not counted)");
        early.start(client.timeline().nowNanos() + settleNanos());
        await(early, rampNanos);
    }

    private Optional<HostileUsers> logHostileUsersIn(LoadClient client) {
        if (!plan.arm().hostile()) {
            return Optional.empty();
        }
        HostileUsers hostile = new HostileUsers(settings.hostileRequestsPerSecond(), client, plan.seed());
        Duration atMost = Duration.ofSeconds(60).plusNanos(loginNanos(settings.hostileUsers()));
        hostile.logIn(settings.hostileUsers(), atMost);
        return Optional.of(hostile);
    }

    /** Returns how long the pods take to log so many users in. */
    private long loginNanos(int users) {
        return Durations.seconds(
                users / (settings.model().loginsPerCoreSecond() * plan.pods().cores()));
    }

    private void await(Crowd crowd, long rampNanos) throws InterruptedException {
        long longestNanos = settings.toRealNanos(settleNanos() + Crowd.longestRunNanos(rampNanos));
        long deadlineNanoTime = System.nanoTime() + longestNanos + Durations.seconds(10);
        while (!crowd.await(PROGRESS_PERIOD)) {
            failures.check();
            progress.show(plan, crowd.recorder());
            if (System.nanoTime() - deadlineNanoTime > 0) {
                throw new IllegalStateException("the users of " + plan.title() + " never finished");
            }
        }
        failures.check();
    }

    private HostileFigures stop(HostileUsers hostile, LoadClient client, ShopServer shop) throws InterruptedException {
        client.ask(() -> {
            hostile.stop();
            return true;
        });
        long deadlineNanoTime = System.nanoTime() + settings.toRealNanos(LoadClient.TIMEOUT_NANOS);
        while (client.ask(hostile::inFlight) > 0 && System.nanoTime() - deadlineNanoTime < 0) {
            Thread.sleep(20);
        }
        LimitBound bound = LimitBound.of(settings.deployment(), plan.gateways(), settings.compression());
        return client.ask(() -> hostile.figures(token -> shop.ask(model -> model.callsWith(token)), bound));
    }

    private synchronized <T extends AutoCloseable> T open(T resource) {
        if (closed) {
            close(resource);
            throw new IllegalStateException("the replay is ending");
        }
        opened.push(resource);
        return resource;
    }

    /** Closes everything in reverse order, even if some of it fails to close. */
    private synchronized void closeAll() {
        closed = true;
        while (!opened.isEmpty()) {
            close(opened.pop());
        }
    }

    private void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            progress.warn("could not close everything: " + e);
        }
    }
}
