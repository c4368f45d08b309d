package io.sluice.spring;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.ClassUtils;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;

/** Finds the thread on which a request of WebFlux goes on after a wait. */
final class EventLoops {

    /*
     * On Reactor Netty that is the event loop of the request's connection, which would have done the work without a
     * gate. It is cheaper than a thread of another pool: the event loop is awake under load, and what follows, such as
     * a gateway's call of the service behind, need not come back to it.
     */

    private static final boolean REACTOR_NETTY =
            ClassUtils.isPresent("reactor.netty.http.server.HttpServerRequest", EventLoops.class.getClassLoader());

    private EventLoops() {}

    /** Returns the event loop of a request, or on other servers Reactor's threads for work that does not block. */
    static Scheduler of(ServerWebExchange exchange) {
        return REACTOR_NETTY ? OfReactorNetty.of(exchange.getRequest()) : Schedulers.parallel();
    }

    /** The code that needs Reactor Netty. */
    private static final class OfReactorNetty {

        static Scheduler of(ServerHttpRequest request) {
            return nativeRequest(request) instanceof HttpServerRequest netty
                    ? Schedulers.fromExecutor(eventLoop(netty))
                    : Schedulers.parallel();
        }

        private static @Nullable Object nativeRequest(ServerHttpRequest request) {
            try {
                return ServerHttpRequestDecorator.getNativeRequest(request);
            } catch (IllegalStateException | IllegalArgumentException noServer) {
                // Such as a mock of Spring's.
                return null;
            }
        }

        private static EventLoop eventLoop(HttpServerRequest request) {
            EventLoop[] found = new EventLoop[1];
            request.withConnection(connection -> found[0] = connection.channel().eventLoop());
            return found[0];
        }
    }
}
