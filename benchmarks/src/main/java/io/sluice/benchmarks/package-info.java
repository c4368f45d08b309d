/** The flash-sale replay, which runs the failed load test against a model of the shop, and the JMH benchmarks. */
@NullMarked
package io.sluice.benchmarks;

import org.jspecify.annotations.NullMarked;
