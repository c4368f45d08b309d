package io.sluice;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Put in front of a room's store: writes down its calls, and takes it away while a test says so. */
final class StoreSwitch implements UnaryOperator<RoomStore> {

    final List<String> calls = new ArrayList<>();
    final List<Sightings> handedIn = new ArrayList<>();
    boolean away;
    boolean answersNothing;
    /** What calls throw, by the names of their methods. */
    final Map<String, Error> thrown = new HashMap<>();

    @Override
    public RoomStore apply(RoomStore store) {
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    calls.add(method.getName());
                    if (arguments != null && arguments[0] instanceof Sightings sightings) {
                        handedIn.add(sightings);
                    }
                    if (away) {
                        return CompletableFuture.failedFuture(new StoreUnavailableException("away", null));
                    }
                    Error error = thrown.get(method.getName());
                    if (error != null) {
                        throw error;
                    }
                    if (answersNothing) {
                        return CompletableFuture.completedFuture(null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
