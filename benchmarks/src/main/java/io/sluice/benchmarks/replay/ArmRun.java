package io.sluice.benchmarks.replay;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Plays one arm: starts the shop, the gateways and the client, lets the crowd in, and closes all of it again. */
final class ArmRun implements AutoCloseable {

    private static final Duration PROGRESS_PERIOD = Duration.ofSeconds(3);
    private static final long SETTLE_NANOS = Durations.seconds(2);

    private final ArmPlan plan;
    private final ReplaySettings settings;
    private final Progress progress;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Thread closeOnInterrupt = new Thread(this::closeAll, "replay-close");
    private boolean closed;

    ArmRun(ArmPlan plan, ReplaySettings settings, Progress progress) {
        this.plan = plan;
        this.settings = settings;
        this.progress = progress;
        Runtime.getRuntime().addShutdownHook(closeOnInterrupt);
    }

    ArmResult play() throws InterruptedException {
        long originNanoTime = System.nanoTime();
        double compression = settings.compression();
        ShopServer shop = open(new ShopServer(settings.model(), plan.pods(), compression, originNanoTime, plan.seed()));
        GatewayFleet gateways = open(startGateways(shop));
        LoadClient client = open(new LoadClient(gateways.uris(), compression, originNanoTime));
        Optional<HostileUsers> hostile = logHostileUsersIn(client);

        CpuMeter cpu = open(new CpuMeter());
        Crowd crowd = new Crowd(settings.users(), settings.rampNanos(), compression, client, plan.seed());
        long rampStartNanos = client.timeline().nowNanos() + SETTLE_NANOS;
        crowd.start(rampStartNanos);
        hostile.ifPresent(users -> client.execute(users::start));
        await(crowd);
        Map<CpuMeter.Part, Double> cpuSeconds = cpu.seconds();
        Optional<HostileFigures> hostileFigures =
                hostile.isPresent() ? Optional.of(stop(hostile.get(), client, shop)) : Optional.empty();

        return new ArmResult(
                plan,
                settings,
                crowd.samples(),
                rampStartNanos,
                shop.ask(Shop::figures),
                physics(hostileFigures.map(HostileFigures::letThroughPerSecond).orElse(0.0)),
                cpuSeconds,
                crowd.lag(),
                hostileFigures);
    }

    Physics physics(double hostileCallsPerSecond) {
        return Physics.of(plan.pods(), settings.model(), settings.users(), settings.rampNanos(), hostileCallsPerSecond);
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

    private GatewayFleet startGateways(ShopServer shop) {
        if (!plan.arm().guarded()) {
            return GatewayFleet.start(plan.gateways(), GatewayProperties.unprotected(shop.uri()), context -> {});
        }
        Map<String, Object> properties = GatewayProperties.guarded(
                shop.uri(),
                plan.pods().pods(),
                settings.loginsPerPod(),
                settings.roomCapacity(),
                settings.compression());
        return GatewayFleet.start(plan.gateways(), properties, open(new SharedBackend()));
    }

    private Optional<HostileUsers> logHostileUsersIn(LoadClient client) {
        if (!plan.arm().hostile()) {
            return Optional.empty();
        }
        HostileUsers hostile = new HostileUsers(settings.hostileRequestsPerSecond(), client, plan.seed());
        hostile.logIn(settings.hostileUsers(), Duration.ofSeconds(60));
        return Optional.of(hostile);
    }

    private void await(Crowd crowd) throws InterruptedException {
        long longestNanos = settings.toRealNanos(SETTLE_NANOS + Crowd.longestRunNanos(settings.rampNanos()));
        long deadlineNanoTime = System.nanoTime() + longestNanos + Durations.seconds(10);
        while (!crowd.await(PROGRESS_PERIOD)) {
            progress.show(plan, crowd.recorder());
            if (System.nanoTime() - deadlineNanoTime > 0) {
                throw new IllegalStateException("the users of " + plan.title() + " never finished");
            }
        }
    }

    private HostileFigures stop(HostileUsers hostile, LoadClient client, ShopServer shop) throws InterruptedException {
        onClient(client, () -> {
            hostile.stop();
            return true;
        });
        long deadlineNanoTime = System.nanoTime() + settings.toRealNanos(LoadClient.TIMEOUT_NANOS);
        while (onClient(client, hostile::inFlight) > 0 && System.nanoTime() - deadlineNanoTime < 0) {
            Thread.sleep(20);
        }
        return onClient(client, () -> hostile.figures(token -> shop.ask(model -> model.callsWith(token))));
    }

    private static <T> T onClient(LoadClient client, Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        client.execute(() -> answer.complete(question.get()));
        return answer.orTimeout(60, TimeUnit.SECONDS).join();
    }

    private synchronized <T extends AutoCloseable> T open(T resource) {
        if (closed) {
            close(resource);
            throw new IllegalStateException("the replay is ending");
        }
        opened.push(resource);
        return resource;
    }

    /** In reverse order, each whatever the others do. */
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
