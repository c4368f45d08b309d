package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** The gateways of an arm. */
final class GatewayFleet implements AutoCloseable {

    private final List<Gateway> gateways = new ArrayList<>();

    private GatewayFleet() {}

    /**
     * Starts gateways in this JVM, one after the other.
     *
     * @param sharedState adds to each context what all gateways of an arm share
     */
    static GatewayFleet inThisProcess(
            int gateways,
            Map<String, Object> properties,
            ApplicationContextInitializer<ConfigurableApplicationContext> sharedState) {
        return start(gateways, name -> {
            Map<String, Object> own = new HashMap<>(properties);
            own.put(Gateway.NAME, name);
            return GatewayContext.start(own, sharedState);
        });
    }

    /** Starts each gateway in its own JVM, all at the same time. */
    static GatewayFleet inProcesses(int gateways, Map<String, Object> properties) {
        return start(gateways, name -> GatewayProcess.start(name, properties));
    }

    /** Starts the gateways. If one of them fails, those that have started are closed. */
    private static GatewayFleet start(int gateways, Function<String, Gateway> gateway) {
        GatewayFleet fleet = new GatewayFleet();
        try {
            for (int i = 1; i <= gateways; i++) {
                fleet.gateways.add(gateway.apply("gateway-" + i));
            }
            return fleet;
        } catch (RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    /** Returns where the gateways listen; waits for those that still start. */
    List<String> uris() {
        return gateways.stream().map(Gateway::uri).toList();
    }

    /** Returns the CPU time of the gateways' own processes. */
    long processCpuNanos() {
        return gateways.stream().mapToLong(Gateway::processCpuNanos).sum();
    }

    @Override
    public void close() {
        gateways.forEach(Gateway::close);
    }
}
