package io.sluice.redis;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a connection on which a command has had no answer for too long; the client then makes a new one. */
@SuppressWarnings("FutureReturnValueIgnored") // The promise of a write tells its outcome.
final class SilenceWatch extends ChannelDuplexHandler {

    /*
     * A host that loses its power or its network closes no connection. TCP repeats what was not acknowledged, with
     * pauses that double, and gives up after about 15 minutes; after 60 s of outage it may stay silent for another
     * 60 s. Keep-alive does not help, because it probes only while nothing is on its way. TCP_USER_TIMEOUT would
     * help, but the JDK's sockets do not have it. So this handler measures the silence. It is first in the pipeline,
     * where any byte counts as an answer, those of a TLS handshake too. An idle connection is left alone.
     */

    private static final Logger log = LoggerFactory.getLogger(SilenceWatch.class);

    private final long longestNanos;

    // Used by the channel's event loop only.
    private boolean waiting;
    private boolean timerIsSet;
    private long sinceNanos;

    SilenceWatch(Duration longest) {
        longestNanos = longest.toNanos();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!waiting) {
            waiting = true;
            sinceNanos = System.nanoTime();
            if (!timerIsSet) {
                setTimer(context, longestNanos);
            }
        }
        context.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        waiting = false;
        context.fireChannelRead(message);
    }

    /** Sets the one timer. An answer does not cancel it, so it fires once in a while, not once a command. */
    private void setTimer(ChannelHandlerContext context, long delayNanos) {
        timerIsSet = true;
        context.executor().schedule(() -> check(context), delayNanos, TimeUnit.NANOSECONDS);
    }

    private void check(ChannelHandlerContext context) {
        timerIsSet = false;
        if (!waiting || context.isRemoved()) {
            return;
        }
        long leftNanos = longestNanos - (System.nanoTime() - sinceNanos);
        if (leftNanos > 0) {
            setTimer(context, leftNanos);
        } else {
            log.warn(
                    "{} has been silent for {} ms; connecting anew",
                    context.channel().remoteAddress(),
                    TimeUnit.NANOSECONDS.toMillis(longestNanos));
            context.close();
        }
    }
}
