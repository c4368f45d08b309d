package io.sluice.redis;

import io.sluice.Limit;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A gateway in a JVM of its own, which can be killed. When told to, it lets ann in, lets ben wait, and charges a caller. */
final class GatewayProcess implements AutoCloseable {

    static final Room ROOM = Room.named("sale").capacity(1).build();
    static final Limit LIMIT = Limit.of("limit", 10, Duration.ofDays(1));
    static final int CHARGED = 7;

    private final Process process;
    private final BufferedReader output;
    private String pass = "";
    private String ticket = "";

    private GatewayProcess(Process process) throws IOException {
        this.process = process;
        output = process.inputReader();
        line();
    }

    private String line() throws IOException {
        return Objects.requireNonNull(output.readLine(), "the gateway has ended; its output tells why");
    }

    /** Lets it do what it does, and returns when it has. */
    void act() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            pass = line();
            ticket = line();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a gateway, and returns when it is connected. */
    static GatewayProcess start(String uri) {
        try {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            String classes = System.getProperty("java.class.path");
            return new GatewayProcess(new ProcessBuilder(java, "-cp", classes, GatewayProcess.class.getName(), uri)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static WaitingRoom room(RedisBackend gateway) {
        return WaitingRoom.of(ROOM, gateway, Signer.of("a secret of the tests, long enough"));
    }

    static RedisBackend connect(String uri) {
        return RedisBackend.builder()
                .uri(uri)
                .decisionTimeout(Duration.ofSeconds(1))
                .build();
    }

    public static void main(String[] arguments) throws InterruptedException, IOException {
        RedisBackend gateway = connect(arguments[0]);
        WaitingRoom room = room(gateway);
        System.out.println("connected");
        System.in.read();
        String pass = Objects.requireNonNull(room.admit("ann").pass()).token();
        String ticket = room.join("ben").token();
        RateLimiter.of(LIMIT, gateway).tryAcquire("caller", CHARGED);
        System.out.println(pass);
        System.out.println(ticket);
        Thread.sleep(Long.MAX_VALUE);
    }

    /** Returns ann's pass. */
    String pass() {
        return pass;
    }

    /** Returns ben's ticket. */
    String ticket() {
        return ticket;
    }

    /** Ends the process by SIGKILL. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("The gateway does not end: process " + process.pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
