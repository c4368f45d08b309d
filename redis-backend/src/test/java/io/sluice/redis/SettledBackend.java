package io.sluice.redis;

import io.sluice.Backend;
import io.sluice.ForwardingBackend;
import io.sluice.RoomStore;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletionStage;

/** For tests whose time stands still until told: Redis has answered, and has been told all, before the test goes on. */
final class SettledBackend {

    private SettledBackend() {}

    static Backend of(RedisBackend redis) {
        return new ForwardingBackend(redis, store -> settled((RedisRoom) store));
    }

    private static RoomStore settled(RedisRoom store) {
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
}
