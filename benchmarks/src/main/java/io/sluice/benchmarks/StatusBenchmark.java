package io.sluice.benchmarks;

import io.sluice.LocalBackend;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures how many polls of waiting visitors one core answers. 100,000 visitors with a ticket each poll in turn
 * while the room is refreshed every 200 ms, as in a gateway. The target is a million polls a second.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.args="StatusBenchmark -prof gc"
 * }</pre>
 *
 * <p>The refreshes run on a thread of their own; {@code taskset -c 0} before the command puts all on one core.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
@Threads(1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class StatusBenchmark {

    private static final int VISITORS = 100_000;

    private final String[] tickets = new String[VISITORS];
    private final LocalBackend backend = LocalBackend.create();
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(0).patience(Duration.ofHours(1)).build(), backend, Signer.random());
    private int next;

    @Setup
    public void fill() {
        for (int i = 0; i < VISITORS; i++) {
            tickets[i] = room.join("visitor-" + i).token();
        }
    }

    @TearDown
    public void close() {
        backend.close();
    }

    @Benchmark
    public Standing status() {
        next = next + 1 == VISITORS ? 0 : next + 1;
        return room.status(tickets[next]);
    }
}
