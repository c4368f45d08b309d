package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Results made by hand. */
final class Results {

    private Results() {}

    static ReplaySettings settings(int users) {
        return settings(users, Deployment.DEFAULT);
    }

    static ReplaySettings settings(int users, Deployment deployment) {
        return settings(users, 500, deployment);
    }

    /** The same settings for gateways that run in another way. */
    static ReplaySettings on(Deployment deployment, ReplaySettings settings) {
        return new ReplaySettings(
                settings.users(),
                settings.rampNanos(),
                settings.compression(),
                settings.model(),
                settings.roomCapacity(),
                settings.logins(),
                settings.calls(),
                settings.hostileUsers(),
                settings.hostileRequestsPerSecond(),
                settings.lagBoundRealNanos(),
                settings.affinity(),
                deployment);
    }

    private static ReplaySettings settings(int users, int roomCapacity, Deployment deployment) {
        return new ReplaySettings(
                users,
                Durations.seconds(120),
                4,
                ShopModel.withCallMillis(0.4, roomCapacity),
                roomCapacity,
                Optional.empty(),
                Optional.empty(),
                20,
                50,
                Durations.millis(100),
                Affinity.USER,
                deployment);
    }

    static ArmResult of(Arm arm, int users, List<Sample> samples) {
        return of(arm, users, samples, 0, Optional.empty());
    }

    static ArmResult of(Arm arm, int users, List<Sample> samples, double lagMillis, Optional<HostileFigures> hostile) {
        return new ArmResult(
                new ArmPlan(arm, new PodShape(2, 0.4), arm.gateways(), 1),
                settings(users),
                samples,
                0,
                new ShopFigures(List.of(), 0, 0),
                new Physics(Durations.seconds(2.5), Durations.seconds(5)),
                Map.of(CpuMeter.Part.GATEWAYS, 1.5),
                new SchedulingLag.Summary(Durations.millis(lagMillis), Durations.millis(lagMillis)),
                hostile,
                Optional.empty());
    }

    /** A protected arm whose room had so many places. */
    static ArmResult withCapacity(int roomCapacity, int users, List<Sample> samples) {
        return with(
                settings(users, roomCapacity, Deployment.DEFAULT), of(Arm.SLUICE_2, users, samples), Optional.empty());
    }

    /** The same result as if it had come about on Redis, which was killed at 60 s and was back at 65 s. */
    static ArmResult onKilledRedis(ArmResult result) {
        Deployment deployment =
                new Deployment(Deployment.Backend.REDIS, Optional.empty(), 50, true, Deployment.Chaos.KILL_REDIS);
        return with(
                settings(result.settings().users(), deployment),
                result,
                Optional.of(new RedisFigures(
                        Optional.of(1.5),
                        Optional.of(new RedisFigures.Outage(Durations.seconds(60), Durations.seconds(65))))));
    }

    private static ArmResult with(ReplaySettings settings, ArmResult result, Optional<RedisFigures> redis) {
        return new ArmResult(
                result.plan(),
                settings,
                result.samples(),
                result.rampStartNanos(),
                result.shop(),
                result.physics(),
                result.cpuSeconds(),
                result.lag(),
                result.hostile(),
                redis);
    }

    /** The samples of users who each take a second for every step, one after the other; some steps fail. */
    static List<Sample> journeys(int users, Predicate<Sample> fails) {
        List<Sample> samples = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            for (int i = 0; i < Step.JOURNEY.size(); i++) {
                Step step = Step.JOURNEY.get(i);
                Sample ok = new Sample(
                        user, step, Durations.seconds(i), Durations.seconds(i + 1), step.assertedStatus(), true);
                samples.add(fails.test(ok) ? new Sample(user, step, ok.startNanos(), ok.endNanos(), 503, false) : ok);
            }
        }
        return samples;
    }
}
