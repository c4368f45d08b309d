package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.Room;
import io.sluice.RoomContract;
import io.sluice.RoomStore;
import io.sluice.TimeSource;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RedisRoomTest extends RoomContract {

    private static RedisServer server;

    @BeforeAll
    static void startRedis() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopRedis() {
        server.close();
    }

    @Override
    protected Backend create(TimeSource time) {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        RedisBackend redis = RedisBackend.builder()
                .uri(server.uri())
                .controlledTime(time)
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
        return new AnswersBeforeTimeMovesOn(redis);
    }

    /** The contract's time stands still until told, so Redis has answered before the test goes on. */
    private record AnswersBeforeTimeMovesOn(RedisBackend redis) implements Backend {

        @Override
        public RoomStore room(Room room) {
            RoomStore store = redis.room(room);
            return (RoomStore) Proxy.newProxyInstance(
                    RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                        CompletionStage<?> answer = (CompletionStage<?>) method.invoke(store, arguments);
                        answer.handle((value, failure) -> "done")
                                .toCompletableFuture()
                                .join();
                        return answer;
                    });
        }

        @Override
        public LimitStore limit(Limit limit) {
            return redis.limit(limit);
        }

        @Override
        public LimitStore redefine(Limit limit) {
            return redis.redefine(limit);
        }

        @Override
        public GuardStore guard(Bound bound) {
            return redis.guard(bound);
        }

        @Override
        public TimeSource time() {
            return redis.time();
        }

        @Override
        public void close() {
            redis.close();
        }
    }
}
