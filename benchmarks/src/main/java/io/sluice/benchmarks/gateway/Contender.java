package io.sluice.benchmarks.gateway;

import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.spring.SluiceAutoConfiguration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What stands between the client and the upstream: gateways that differ in these properties and in nothing else. Each
 * gateway that limits allows each caller 10 requests a second.
 */
enum Contender {
    NO_FILTER("no filter") {
        @Override
        Map<String, Object> limiter(String redisUri) {
            return Map.of(EXCLUDED, SLUICE + "," + SPRING_DATA_REDIS);
        }

        @Override
        boolean decided(HttpHeaders answer) {
            return true;
        }
    },
    SLUICE_LOCAL("Sluice, local") {
        @Override
        Map<String, Object> limiter(String redisUri) {
            return sluice(Map.of());
        }

        @Override
        boolean decided(HttpHeaders answer) {
            return answer.contains("RateLimit");
        }
    },
    SLUICE_REDIS("Sluice, Redis") {
        @Override
        Map<String, Object> limiter(String redisUri) {
            return sluice(Map.of(
                    "sluice.backend",
                    "redis",
                    "sluice.redis.uri",
                    redisUri,
                    // Redis makes each decision, however busy this machine is.
                    "sluice.redis.timeout",
                    "5s",
                    "sluice.secret",
                    "gateway-overhead-0123456789"));
        }

        @Override
        boolean decided(HttpHeaders answer) {
            return answer.contains("RateLimit");
        }
    },
    REQUEST_RATE_LIMITER("RequestRateLimiter") {
        @Override
        Map<String, Object> limiter(String redisUri) {
            return Map.of(
                    EXCLUDED,
                    SLUICE,
                    "spring.data.redis.url",
                    redisUri,
                    ROUTE + ".filters[0].name",
                    "RequestRateLimiter",
                    ROUTE + ".filters[0].args.redis-rate-limiter.replenishRate",
                    PERMITS_PER_SECOND,
                    ROUTE + ".filters[0].args.redis-rate-limiter.burstCapacity",
                    PERMITS_PER_SECOND,
                    ROUTE + ".filters[0].args.key-resolver",
                    "#{@authorization}");
        }

        @Override
        boolean decided(HttpHeaders answer) {
            // The limiter says -1 when it could not ask Redis and let the request pass.
            return answer.contains("X-RateLimit-Remaining") && !answer.contains("X-RateLimit-Remaining", "-1", false);
        }
    };

    private static final int PERMITS_PER_SECOND = 10;
    private static final String ROUTE = "spring.cloud.gateway.server.webflux.routes[0]";
    private static final String EXCLUDED = "spring.autoconfigure.exclude";
    private static final String SLUICE = SluiceAutoConfiguration.class.getName();
    private static final String SPRING_DATA_REDIS =
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration,"
                    + "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration";

    private final String title;

    Contender(String title) {
        this.title = title;
    }

    /** Returns the properties in which this gateway differs from the others. */
    abstract Map<String, Object> limiter(String redisUri);

    /** Tells from an answer whether the limiter has really decided. */
    abstract boolean decided(HttpHeaders answer);

    /** Returns all properties of the gateway. */
    Map<String, Object> properties(String upstreamUri, String redisUri) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("server.address", "127.0.0.1");
        properties.put("server.port", 0);
        properties.put("spring.main.web-application-type", "reactive");
        properties.put("spring.main.banner-mode", "off");
        properties.put("logging.level.root", "warn");
        // Warns of an annotation of Spring Cloud Gateway's own, once for each gateway.
        properties.put("logging.level.org.hibernate.validator", "error");
        properties.put(ROUTE + ".id", "upstream");
        properties.put(ROUTE + ".uri", upstreamUri);
        properties.put(ROUTE + ".predicates[0]", "Path=/**");
        properties.putAll(limiter(redisUri));
        return properties;
    }

    private static Map<String, Object> sluice(Map<String, Object> backend) {
        Map<String, Object> properties = new LinkedHashMap<>(backend);
        properties.put(EXCLUDED, SPRING_DATA_REDIS);
        properties.put("sluice.limits.per-user.rate", PERMITS_PER_SECOND + "/1s");
        properties.put("sluice.limits.per-user.key", "header:Authorization");
        properties.put(ROUTE + ".filters[0]", "RateLimited=per-user");
        return properties;
    }

    @Override
    public String toString() {
        return title;
    }
}
