/** Measures limits and waiting rooms on a real Redis, which each benchmark starts for itself. */
@NullMarked
package io.sluice.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
