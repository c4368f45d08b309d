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
     * @param sharedState puts into each context what all gateways of an arm share
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

    /** Starts gateways in JVMs of their own, all at the same time. */
    static GatewayFleet inProcesses(int gateways, Map<String, Object> properties) {
        return start(gateways, name -> GatewayProcess.start(name, properties));
    }

    /** What has started is closed when one of them fails. */
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

    /** Where they listen; waits for those that still start. */
    List<String> uris() {
        return gateways.stream().map(Gateway::uri).toList();
    }

    /** CPU time of the gateways' own processes. */
    long processCpuNanos() {
        return gateways.stream().mapToLong(Gateway::processCpuNanos).sum();
    }

    @Override
    public void close() {
        gateways.forEach(Gateway::close);
    }
}
