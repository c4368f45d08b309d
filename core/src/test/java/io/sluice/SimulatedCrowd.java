package io.sluice;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Visitors who use a waiting room as they are told to, and leavers who do not. Everything happens on the controlled
 * time; how many are inside is counted here, from the passes handed out, and not asked of the room.
 */
final class SimulatedCrowd {

    private final List<WaitingRoom> gateways;
    private final ManualTime time;
    private final Random random;
    private final Duration stay;
    private final double leavers;

    private int mostPollsOfALeaver = 30;
    private int visitors;
    private int waiting;
    private int inside;
    private int mostInside;
    private int served;
    private int turnedAway;
    private long doorNanos;

    /**
     * Creates a crowd.
     *
     * @param gateways each request goes to any of them
     * @param stay how long a visitor stays inside on average before leaving
     * @param leavers the share of visitors who go silent while they wait or never enter
     */
    SimulatedCrowd(List<WaitingRoom> gateways, ManualTime time, Random random, Duration stay, double leavers) {
        this.gateways = gateways;
        this.time = time;
        this.random = random;
        this.stay = stay;
        this.leavers = leavers;
    }

    /** Has no leaver who comes from now on go silent before being called. */
    void haveLeaversWaitUntilCalled() {
        mostPollsOfALeaver = Integer.MAX_VALUE;
    }

    /** Returns how many who will enter as soon as they can are waiting. */
    int waiting() {
        return waiting;
    }

    int inside() {
        return inside;
    }

    int mostInside() {
        return mostInside;
    }

    int served() {
        return served;
    }

    /** Returns how long visitors stood at the door on average, from the first {@code enter} to the pass. */
    Duration meanTimeAtTheDoor() {
        return Duration.ofNanos(doorNanos / served);
    }

    /** Returns how many who did as they were told lost their place. */
    int turnedAway() {
        return turnedAway;
    }

    /** Lets visitors come at random, so many a second on average, as long as the simulation goes on. */
    void comeSteadily(double perSecond) {
        time.schedule(
                () -> {
                    come();
                    comeSteadily(perSecond);
                },
                seconds(-Math.log(1 - random.nextDouble()) / perSecond));
    }

    void come() {
        new Visitor("visitor-" + visitors++).join();
    }

    private WaitingRoom anyGateway() {
        return gateways.get(random.nextInt(gateways.size()));
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    private final class Visitor {
        private final String name;
        /** How many polls a leaver makes before going silent; a leaver who has not gone by READY never enters. */
        private int pollsLeft = random.nextInt(1, mostPollsOfALeaver);

        private final boolean leaver = random.nextDouble() < leavers;
        private String ticket = "";
        private long atDoorNanos;

        Visitor(String name) {
            this.name = name;
        }

        void join() {
            Ticket joined = anyGateway().join(name);
            ticket = joined.token();
            if (!leaver) {
                waiting++;
            }
            follow(joined.standing());
        }

        private void poll() {
            follow(anyGateway().status(ticket));
        }

        private void follow(Standing standing) {
            String gate = standing.gateToken();
            if (leaver && (gate != null || pollsLeft-- == 0)) {
                return;
            }
            if (gate != null) {
                // A visitor needs a moment between being told and coming.
                time.schedule(() -> enter(gate), seconds(0.05 + 0.3 * random.nextDouble()));
            } else if (standing.state() == Standing.State.QUEUED) {
                time.schedule(this::poll, standing.pollAfter());
            } else {
                waiting--;
                turnedAway++;
            }
        }

        private void enter(String gate) {
            if (atDoorNanos == 0) {
                atDoorNanos = time.nanoTime();
            }
            CompletionStage<Pass> answer = anyGateway().enterAsync(name, ticket, gate);
            answer.whenComplete(this::entered);
        }

        private void entered(@Nullable Pass pass, @Nullable Throwable refusal) {
            if (pass == null) {
                poll();
                return;
            }
            waiting--;
            served++;
            doorNanos += time.nanoTime() - atDoorNanos;
            inside++;
            mostInside = Math.max(mostInside, inside);
            time.schedule(this::leave, seconds(stay.toSeconds() * (0.5 + random.nextDouble())));
        }

        private void leave() {
            inside--;
            anyGateway().leave(name);
        }
    }

    /** Runs the simulation, and returns the mean share of places in use while somebody living waited. */
    double run(Duration duration, int capacity) {
        Duration step = Duration.ofMillis(100);
        List<Double> shares = new ArrayList<>();
        for (Duration past = Duration.ZERO; past.compareTo(duration) < 0; past = past.plus(step)) {
            time.advance(step);
            if (waiting > 0) {
                shares.add((double) inside / capacity);
            }
        }
        return shares.stream().mapToDouble(Double::doubleValue).average().orElse(1);
    }
}
