<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt\Service;

/**
 * Stands for the service that keeps the interrupts of FlowDrop.
 */
interface InterruptManagerInterface {

  /**
   * The interrupts of a pipeline that are not answered.
   */
  public function getPendingInterruptsForPipeline(string $pipeline_id): array;

  /**
   * Answers an interrupt, and lets its flow go on.
   */
  public function resolveInterrupt(string $uuid, mixed $response, int $uid): object;

}
