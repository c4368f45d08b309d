package io.sluice.benchmarks.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The Redis that is measured, and how its clients write.
 *
 * @param consolidated whether Netty's FlushConsolidationHandler gathers what several calls write
 */
record Target(String uri, boolean consolidated) {

    /** A Lettuce client and its own threads. */
    record Client(RedisClient redis, ClientResources resources) implements AutoCloseable {

        @Override
        public void close() {
            redis.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000);
        }
    }

    Client newClient() {
        ClientResources.Builder resources = ClientResources.builder();
        if (consolidated) {
            resources.nettyCustomizer(new NettyCustomizer() {
                @Override
                public void afterChannelInitialized(Channel channel) {
                    consolidate(channel);
                }
            });
        }
        ClientResources built = resources.build();
        return new Client(RedisClient.create(built, RedisURI.create(uri)), built);
    }

    static void consolidate(Channel channel) {
        channel.pipeline().addFirst(new FlushConsolidationHandler(256, true));
    }
}
