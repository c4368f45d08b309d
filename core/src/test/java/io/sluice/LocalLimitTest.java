package io.sluice;

class LocalLimitTest extends LimitContract {

    @Override
    protected Backend create(ManualTime time) {
        return LocalBackend.create(time);
    }
}
