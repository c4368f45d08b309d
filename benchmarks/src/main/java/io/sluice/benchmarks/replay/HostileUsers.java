package io.sluice.benchmarks.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Users who log in like everybody else and then fire at protected routes at a fixed rate, whatever comes back. Their
 * requests are not in the crowd's figures. They go round the gateways, because their limit is one for all gateways.
 */
final class HostileUsers {

    /** Keeps a gateway that hangs from filling the client's memory. */
    private static final int MAX_IN_FLIGHT_PER_USER = 500;

    /** So few that the login guard holds none of them for long, however many there are. */
    private static final int LOGINS_AT_ONCE = 8;

    private final double requestsPerSecond;
    private final LoadClient client;
    private final Random random;
    private final List<Attacker> attackers = new ArrayList<>();
    private boolean stopped;

    HostileUsers(double requestsPerSecond, LoadClient client, long seed) {
        this.requestsPerSecond = requestsPerSecond;
        this.client = client;
        this.random = new Random(seed);
    }

    /** Logs the users in, before the ramp begins. */
    void logIn(int users, Duration atMost) {
        List<Attacker> loggedIn = Flux.range(0, users)
                .flatMap(this::logIn, LOGINS_AT_ONCE)
                .collectList()
                .blockOptional(atMost)
                .orElseThrow();
        attackers.addAll(loggedIn);
    }

    private Mono<Attacker> logIn(int user) {
        return client.send(user, Call.logIn("hostile-" + user)).map(answer -> {
            String token = answer.field("accessToken");
            if (token.isEmpty()) {
                throw new IllegalStateException(
                        "a hostile user could not log in: " + Answer.statusName(answer.status()));
            }
            return new Attacker(user, token);
        });
    }

    /** Starts firing; call on the client's thread. */
    void start() {
        long periodNanos = Math.round(Durations.NANOS_PER_SECOND / requestsPerSecond);
        for (Attacker attacker : attackers) {
            attacker.fireEvery(periodNanos, client.timeline().nowNanos() + (long) (periodNanos * random.nextDouble()));
        }
    }

    /** Ends the firing; call on the client's thread. */
    void stop() {
        stopped = true;
    }

    /** Returns how many requests are still unanswered; call on the client's thread. */
    int inFlight() {
        return attackers.stream().mapToInt(attacker -> attacker.inFlight).sum();
    }

    /**
     * Returns the figures; call on the client's thread.
     *
     * @param reachedShop how many requests with a token reached the shop
     * @param bound the most that the limit may grant each of them
     */
    HostileFigures figures(ToLongFunction<String> reachedShop, LimitBound bound) {
        List<HostileFigures.User> users = attackers.stream()
                .map(attacker -> new HostileFigures.User(
                        attacker.sent,
                        Map.copyOf(attacker.answersByStatus),
                        reachedShop.applyAsLong(attacker.token),
                        attacker.lastAnswerNanos - attacker.firstSentNanos))
                .toList();
        return new HostileFigures(users, bound);
    }

    private final class Attacker {

        private final int number;
        private final String token;
        private final Map<Integer, Long> answersByStatus = new HashMap<>();
        private int sent;
        private int inFlight;
        private long firstSentNanos = -1;
        private long lastAnswerNanos;

        Attacker(int number, String token) {
            this.number = number;
            this.token = token;
        }

        void fireEvery(long periodNanos, long plannedNanos) {
            client.timeline().schedule(plannedNanos - client.timeline().nowNanos(), () -> {
                if (!stopped) {
                    fire();
                    fireEvery(periodNanos, plannedNanos + periodNanos);
                }
            });
        }

        private void fire() {
            if (inFlight == MAX_IN_FLIGHT_PER_USER) {
                return;
            }
            if (firstSentNanos < 0) {
                firstSentNanos = client.timeline().nowNanos();
            }
            Call call = sent % 2 == 0 ? Call.get("/orders/x", token) : Call.order(token);
            int gateway = Affinity.NONE.gateway(number, sent);
            sent++;
            inFlight++;
            var unused = client.send(gateway, call).subscribe(answer -> {
                inFlight--;
                lastAnswerNanos = client.timeline().nowNanos();
                answersByStatus.merge(answer.status(), 1L, Long::sum);
            });
        }
    }
}
