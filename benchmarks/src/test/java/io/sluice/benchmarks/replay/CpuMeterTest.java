package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuMeterTest {

    @ParameterizedTest
    @CsvSource({
        "gateway-2-epoll-1, GATEWAYS",
        "sluice-timer, GATEWAYS",
        "lettuce-nioEventLoop-4-1, GATEWAYS",
        "parallel-1, GATEWAYS",
        "boundedElastic-3, GATEWAYS",
        "shop-epoll-1, SHOP_MODEL",
        "shop-model, SHOP_MODEL",
        "client-epoll-1, CLIENT",
        "main, REST",
        "replay-cpu-meter, REST"
    })
    void threadsAreToldApartByTheirNames(String threadName, CpuMeter.Part part) {
        assertThat(CpuMeter.partOf(threadName)).isEqualTo(part);
    }
}
