package io.sluice;

class LocalRoomTest extends RoomContract {

    @Override
    protected Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
