/**
 * The parts of the flash-sale replay. {@code Replay} is the entry point. It reads {@code ReplayOptions}, plays each
 * {@code ArmPlan} with an {@code ArmRun}, which puts a {@code GatewayFleet} between the {@code Crowd} and the
 * {@code Shop}, and hands the {@code ArmResult}s to the reports. The gateways run in this JVM or in others and share
 * one local backend or a {@code RedisStore}, as the {@code Deployment} says. All times in here are nanoseconds of the
 * uncompressed load test; only {@code CompressedTimeline}, the sockets' time-outs and the gateways' properties know
 * that the clock runs faster.
 */
@NullMarked
package io.sluice.benchmarks.replay;

import org.jspecify.annotations.NullMarked;
