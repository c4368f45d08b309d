package io.sluice.benchmarks.replay;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Tells apart the CPU time of gateways, shop model and client by the names of their threads. Gateways in their own
 * processes are counted whole, including garbage collection and compilation. Threads are read several times a second
 * and their times are kept, so a thread that ends loses at most what it did since the last reading.
 */
final class CpuMeter implements AutoCloseable {

    enum Part {
        GATEWAYS,
        SHOP_MODEL,
        CLIENT,
        /** Garbage collection, compilation and whatever else the process does. */
        REST
    }

    private static final long READING_PERIOD_MILLIS = 250;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final Map<Long, Reading> readings = new HashMap<>();
    private final Thread reader = new Thread(this::readUntilInterrupted, "replay-cpu-meter");
    private final long processStartNanos;
    private final LongSupplier gatewayProcessesNanos;
    private final long gatewayProcessesStartNanos;

    /**
     * Starts the meter.
     *
     * @param gatewayProcessesNanos CPU time of the gateways outside this process
     */
    CpuMeter(LongSupplier gatewayProcessesNanos) {
        this.gatewayProcessesNanos = gatewayProcessesNanos;
        gatewayProcessesStartNanos = gatewayProcessesNanos.getAsLong();
        read(true);
        processStartNanos = process.getProcessCpuTime();
        reader.setDaemon(true);
        reader.start();
    }

    /** Returns the CPU seconds since the meter was created. */
    synchronized Map<Part, Double> seconds() {
        read(false);
        Map<Part, Double> seconds = new EnumMap<>(Part.class);
        double rest = (process.getProcessCpuTime() - processStartNanos) / 1e9;
        for (Reading reading : readings.values()) {
            double used = (reading.lastNanos - reading.firstNanos) / 1e9;
            seconds.merge(reading.part, used, Double::sum);
            rest -= reading.part == Part.REST ? 0 : used;
        }
        seconds.put(Part.REST, Math.max(0, rest));
        double outside = (gatewayProcessesNanos.getAsLong() - gatewayProcessesStartNanos) / 1e9;
        seconds.merge(Part.GATEWAYS, outside, Double::sum);
        return seconds;
    }

    @Override
    public void close() {
        reader.interrupt();
    }

    /**
     * Returns the part that a thread belongs to. Nobody else here uses Redis or Reactor's own schedulers, so what runs
     * on their threads runs for the gateways.
     */
    static Part partOf(String threadName) {
        String name = threadName.toLowerCase(Locale.ROOT);
        if (name.startsWith("shop")) {
            return Part.SHOP_MODEL;
        }
        if (name.startsWith("client")) {
            return Part.CLIENT;
        }
        boolean gateway = name.startsWith("gateway")
                || name.startsWith("sluice")
                || name.startsWith("lettuce")
                || name.startsWith("parallel")
                || name.startsWith("boundedelastic");
        return gateway ? Part.GATEWAYS : Part.REST;
    }

    private synchronized void read(boolean first) {
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread == null) {
                continue;
            }
            long usedNanos = threads.getThreadCpuTime(thread.getThreadId());
            if (usedNanos >= 0) {
                readings.computeIfAbsent(
                                thread.getThreadId(),
                                id -> new Reading(partOf(thread.getThreadName()), first ? usedNanos : 0))
                        .lastNanos = usedNanos;
            }
        }
    }

    private void readUntilInterrupted() {
        try {
            while (true) {
                Thread.sleep(READING_PERIOD_MILLIS);
                read(false);
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Reading {

        private final Part part;
        private final long firstNanos;
        private long lastNanos;

        Reading(Part part, long firstNanos) {
            this.part = part;
            this.firstNanos = firstNanos;
        }
    }
}
