package io.sluice.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Stands between gateways and a Redis, on loopback, and breaks what passes when told to. A connection that has lost
 * bytes never works again, as a connection of TCP would not: it is silent until it is cut.
 */
final class FaultProxy implements AutoCloseable {

    private static final long EVERYTHING = Long.MAX_VALUE;

    /** In bytes. */
    private static final int LONGEST_DECISION = 4_000;

    private volatile int target;
    private final ServerSocket entrance;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();

    private volatile boolean vanished;
    private volatile boolean repliesLost;
    private volatile long replyBytesBeforeCut = EVERYTHING;
    private volatile Duration delay = Duration.ZERO;
    private volatile Duration longRequestDelay = Duration.ZERO;
    private volatile CountDownLatch replyLost = new CountDownLatch(1);

    private FaultProxy(int target) throws IOException {
        this.target = target;
        this.entrance = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    static FaultProxy to(RedisServer server) {
        try {
            return new FaultProxy(server.port());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String uri() {
        return "redis://127.0.0.1:" + port();
    }

    int port() {
        return entrance.getLocalPort();
    }

    /** Leads new connections to another Redis; old ones stay where they are. */
    void leadTo(RedisServer server) {
        target = server.port();
    }

    /** Lets nothing through in either direction, on old connections and on new ones, and closes none. */
    void vanish() {
        vanished = true;
    }

    /** Lets requests through, and no reply. */
    void loseReplies() {
        replyLost = new CountDownLatch(1);
        repliesLost = true;
    }

    /** Waits until Redis has answered a request and the reply is lost. */
    void awaitLostReply() throws InterruptedException {
        if (!replyLost.await(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("Redis has answered nothing");
        }
    }

    /** Lets so many bytes of the next longer reply through, then cuts the connection that it came on. */
    void cutReplyAfter(long bytes) {
        replyBytesBeforeCut = bytes;
    }

    /** Keeps everything back for so long, in each direction. */
    void delay(Duration each) {
        delay = each;
    }

    /** Keeps requests back for so long that are longer than those of one decision: the parts of a hand-in. */
    void delayLongRequests(Duration each) {
        longRequestDelay = each;
    }

    /** Cuts all connections; new ones are taken. */
    void cut() {
        pairs.forEach(Pair::close);
    }

    /** Serves new connections again, and old ones that lost nothing. */
    void heal() {
        vanished = false;
        repliesLost = false;
        replyBytesBeforeCut = EVERYTHING;
        delay = Duration.ZERO;
        longRequestDelay = Duration.ZERO;
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                connect(entrance.accept());
            } catch (IOException e) {
                // Closed: the loop ends.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Pair pair = new Pair(client, new Socket(InetAddress.getLoopbackAddress(), target));
            pairs.add(pair);
            start(() -> pair.pass(pair.client, pair.server, false));
            start(() -> pair.pass(pair.server, pair.client, true));
        } catch (IOException e) {
            // Nobody listens there.
            client.close();
        }
    }

    private static void start(Runnable body) {
        Thread thread = new Thread(body, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private final class Pair {
        final Socket client;
        final Socket server;
        private volatile boolean dumb;

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pass(Socket from, Socket to, boolean isReply) {
            byte[] buffer = new byte[65_536];
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    // Each direction has its own thread, and Redis answers in order: sleeping delays what follows too.
                    boolean isLongRequest = !isReply && count > LONGEST_DECISION;
                    TimeUnit.NANOSECONDS.sleep((isLongRequest ? delay.plus(longRequestDelay) : delay).toNanos());
                    dumb |= vanished || (isReply && repliesLost);
                    if (dumb && isReply) {
                        replyLost.countDown();
                    } else if (isReply && replyBytesBeforeCut < count) {
                        out.write(buffer, 0, (int) replyBytesBeforeCut);
                        replyBytesBeforeCut = EVERYTHING;
                        return;
                    } else if (!dumb || (!isReply && repliesLost)) {
                        out.write(buffer, 0, count);
                    }
                }
            } catch (IOException e) {
                // One side is gone, and now the other.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                pairs.remove(this);
            }
        }

        void close() {
            try (client;
                    server) {
                pairs.remove(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
