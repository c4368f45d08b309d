package io.sluice.redis;

import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.TimeSource;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletionStage;

/** For tests whose time stands still until told: Redis has answered, and has been told all, before the test goes on. */
record SettledBackend(RedisBackend redis) implements Backend {

    @Override
    public RoomStore room(Room room) {
        RedisRoom store = (RedisRoom) redis.room(room);
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    CompletionStage<?> answer = (CompletionStage<?>) method.invoke(store, arguments);
                    answer.handle((value, failure) -> "done")
                            .toCompletableFuture()
                            .join();
                    while (store.isHandingIn()) {
                        Thread.onSpinWait();
                    }
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
