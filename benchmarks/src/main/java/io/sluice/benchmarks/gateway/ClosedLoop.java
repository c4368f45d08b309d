package io.sluice.benchmarks.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.netty.resources.LoopResources;

/**
 * A fixed number of connections, each of which sends its next request as soon as the last one is answered, every time
 * as another caller. The requests are bytes made beforehand, and one event loop does it all, so the client costs
 * little beside what it measures.
 */
final class ClosedLoop {

    private static final String REQUEST = """
            GET /orders/1 HTTP/1.1\r
            Host: shop\r
            Accept: application/json\r
            Authorization: Bearer %016x%016x\r
            \r
            """;

    private final LoopResources loops;
    private final InetSocketAddress gateway;
    private final Contender contender;
    private final byte[][] requests;
    private final Latencies latencies = new Latencies();
    private long refused;
    private long failed;
    private long undecided;
    private volatile long endNanos;

    ClosedLoop(LoopResources loops, RunningGateway gateway, byte[][] requests) {
        this.loops = loops;
        this.gateway = gateway.address();
        this.contender = gateway.contender();
        this.requests = requests;
    }

    /** Returns one request for each caller. */
    static byte[][] requests(int callers) {
        byte[][] requests = new byte[callers][];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < callers; i++) {
            requests[i] =
                    REQUEST.formatted(random.nextLong(), random.nextLong()).getBytes(StandardCharsets.US_ASCII);
        }
        return requests;
    }

    /**
     * Runs for {@code nanos} and returns how long each request took.
     *
     * @throws IllegalStateException if an answer was neither 200 nor 429, or the limiter did not decide it: then the
     *     figures mean nothing
     */
    Latencies run(int connections, long nanos) throws InterruptedException {
        CountDownLatch open = new CountDownLatch(connections);
        EventLoopGroup group = loops.onClient(true);
        Bootstrap bootstrap = new Bootstrap().group(group).channel(loops.onChannelClass(SocketChannel.class, group));
        endNanos = System.nanoTime() + nanos;
        for (int i = 0; i < connections; i++) {
            SplittableRandom random = new SplittableRandom(endNanos + i);
            bootstrap
                    .clone()
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new HttpResponseDecoder(), new Connection(random));
                        }
                    })
                    .connect(gateway)
                    .syncUninterruptibly()
                    .channel()
                    .closeFuture()
                    .addListener(closed -> open.countDown());
        }
        if (!open.await(nanos + TimeUnit.SECONDS.toNanos(30), TimeUnit.NANOSECONDS)) {
            throw new IllegalStateException(open.getCount() + " requests were not answered within 30 s");
        }
        if (failed + undecided > 0) {
            throw new IllegalStateException(contender + ": " + failed + " requests failed, and " + undecided
                    + " were answered without a decision");
        }
        return latencies;
    }

    /** Returns how many requests were answered with 429. */
    long refused() {
        return refused;
    }

    /** One connection; all of it runs on the one event loop. */
    private final class Connection extends ChannelInboundHandlerAdapter {

        private final SplittableRandom random;
        private long sentNanos;

        Connection(SplittableRandom random) {
            this.random = random;
        }

        @Override
        public void channelActive(ChannelHandlerContext connection) {
            send(connection);
        }

        @Override
        public void channelRead(ChannelHandlerContext connection, Object message) {
            if (message instanceof HttpResponse answer) {
                int status = answer.status().code();
                refused += status == 429 ? 1 : 0;
                failed += status == 429 || status == 200 ? 0 : 1;
                undecided += contender.decided(answer.headers()) ? 0 : 1;
            }
            if (message instanceof LastHttpContent) {
                latencies.add(System.nanoTime() - sentNanos);
                send(connection);
            }
            ReferenceCountUtil.release(message);
        }

        private void send(ChannelHandlerContext connection) {
            sentNanos = System.nanoTime();
            if (sentNanos - endNanos >= 0) {
                var unused = connection.close();
                return;
            }
            var unused = connection.writeAndFlush(
                    Unpooled.wrappedBuffer(requests[random.nextInt(requests.length)]), connection.voidPromise());
        }
    }
}
