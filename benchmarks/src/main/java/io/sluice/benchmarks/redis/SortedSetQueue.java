package io.sluice.benchmarks.redis;

import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/** The usual queue on Redis: waiting visitors are in a sorted set, each ticket is a hash, each visitor is in a set. */
final class SortedSetQueue {

    private final RedisAsyncCommands<String, String> redis;
    private final AtomicLong score = new AtomicLong();

    SortedSetQueue(StatefulRedisConnection<String, String> connection) {
        redis = connection.async();
    }

    /** Joins in one transaction, whose commands stay together on the connection, whichever thread calls. */
    synchronized CompletionStage<TransactionResult> join(String visitor) {
        String ticket = "ticket-" + visitor;
        var unused = List.of(
                redis.multi(),
                redis.zadd("queue:waiting", (double) score.incrementAndGet(), ticket),
                redis.hset("queue:ticket:" + ticket, Map.of("visitor", visitor, "event", "event-1")),
                redis.sadd("queue:visitors", visitor));
        return redis.exec();
    }
}
