<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Report\ReportAnswer;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Sidecar\Processes;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST events: the sidecar reports, and hears commands and the stop switch.
 *
 * @internal
 */
final class EventsController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly Contracts $contracts,
    private readonly EventIntake $intake,
    private readonly CommandQueue $commands,
    private readonly ReportAnswer $answer,
    private readonly Processes $processes,
    private readonly OfferedModels $models,
    private readonly DeliveryStore $deliveries,
  ) {}

  public function takeIn(Request $request): Answer {
    $batch = $this->signed->document($request);
    $this->checkShape($batch);
    $answers = $this->intake->takeIn($batch->runs);
    $this->commands->markDone($batch->done_commands ?? []);
    $this->processes->store($batch->processes ?? []);
    if (isset($batch->models)) {
      $this->models->store($batch->models);
    }
    return new Answer([
      'runs' => (object) $answers,
      'models' => $this->models->version(),
      'webhooks' => $this->deliveries->tellDue(),
    ] + $this->answer->document($batch));
  }

  /**
   * Checks everything but the events themselves.
   *
   * An event that breaks its contract is refused alone, not its batch.
   */
  private function checkShape(\stdClass $batch): void {
    $shell = clone $batch;
    $count = 0;
    if (is_array($batch->runs ?? NULL)) {
      $shell->runs = [];
      foreach ($batch->runs as $index => $item) {
        $shell->runs[$index] = $item;
        if ($item instanceof \stdClass && is_array($item->events ?? NULL)) {
          $count += count($item->events);
          $this->refuseNonObjects($item->events, "/runs/$index/events");
          $shell->runs[$index] = clone $item;
          $shell->runs[$index]->events = [];
        }
      }
    }
    if ($count > EventIntake::MAX_EVENTS) {
      throw ProblemException::of(413, 'too_large', 'Too many events', 'Send at most ' . EventIntake::MAX_EVENTS . ' events in a batch.');
    }
    $errors = $this->contracts->errors($shell, 'events#/$defs/batch');
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The batch is not valid', $errors[0]['pointer'] . ': ' . $errors[0]['detail'], $errors);
    }
  }

  private function refuseNonObjects(array $events, string $pointer): void {
    foreach ($events as $index => $event) {
      if (!$event instanceof \stdClass) {
        throw ProblemException::of(422, 'invalid', 'The batch is not valid', "$pointer/$index: This must be an object.", [
          ['pointer' => "$pointer/$index", 'detail' => 'This must be an object.'],
        ]);
      }
    }
  }

}
