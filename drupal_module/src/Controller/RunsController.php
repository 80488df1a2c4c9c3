<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\Effects;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * One run: show, events, effects, commands.
 *
 * @internal
 */
final class RunsController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly RunDocument $document,
    private readonly RunCommands $commands,
    private readonly EventStore $events,
    private readonly Effects $effects,
    private readonly SignedRequests $signed,
    private readonly AccountInterface $currentUser,
    private readonly Contracts $contracts,
  ) {}

  /**
   * GET runs/{uuid}: shows a run.
   */
  public function show(Request $request, string $uuid): Answer {
    return new Answer($this->document->run($this->requested->shown($request, $uuid)));
  }

  /**
   * GET runs/{uuid}/effects: what the run has done, and what is in doubt.
   */
  public function effects(Request $request, string $uuid): Answer {
    $run = $this->requested->shown($request, $uuid);
    return new Answer(['run' => $run->uuid(), 'effects' => $this->effects->of($run)]);
  }

  /**
   * GET runs/{uuid}/events: what is new of a run.
   */
  public function events(Request $request, string $uuid): Answer {
    $run = $this->requested->followed($uuid);
    $after = self::number($request, 'after', 0, 0, Numbers::MAX_COUNTER);
    $limit = self::number($request, 'limit', 200, 1, 500);
    return new Answer([
      'run' => $this->document->summary($run),
      'events' => $this->events->after((int) $run->id(), $after, $limit),
      'last_seq' => $run->getLastSeq(),
    ]);
  }

  /**
   * POST runs/{uuid}/{command}: tells a run what to do.
   */
  public function command(Request $request, string $uuid, string $command): Answer {
    // The sidecar gives all other commands itself; a new generation is made
    // here only. Whom it serves is an operator: it has checked that.
    $bySidecar = $command === 'retry' && $this->signed->isSigned($request);
    if ($bySidecar) {
      $this->signed->verify($request);
    }
    $run = $bySidecar ? $this->requested->load($uuid) : $this->requested->forOperation($uuid, 'manage');
    JsonBody::refuseQuery($request);
    // The former name.
    $command = $command === 'decide' ? 'answer' : $command;
    if ($command === 'answer') {
      $this->requested->refuseAgents('Agents do not answer questions. People do.');
    }
    $body = JsonBody::decode($request->getContent());
    if ($bySidecar) {
      // Between our two sides documents are open: a newer sidecar may say more.
      $body = (object) array_intersect_key((array) $body, ['from_step' => TRUE, 'id' => TRUE, 'note' => TRUE]);
    }
    JsonBody::check($body, $this->contracts, 'command#/$defs/' . $command);
    $data = (array) $body + ($bySidecar ? ['door' => Decision::SIDECAR] : []);
    return new Answer($this->document->run($this->commands->give($run, $command === 'answer' ? 'decide' : $command, $bySidecar ? NULL : (int) $this->currentUser->id(), $data)), 202);
  }

  /**
   * A whole number of the query.
   */
  private static function number(Request $request, string $name, int $default, int $least, int $most): int {
    $given = $request->query->all()[$name] ?? (string) $default;
    $number = is_string($given) ? filter_var($given, FILTER_VALIDATE_INT, [
      'options' => ['min_range' => $least, 'max_range' => $most],
    ]) : FALSE;
    if ($number === FALSE) {
      $detail = "\"$name\" is a whole number from $least to $most.";
      throw ProblemException::of(422, 'invalid', 'The request is not valid', $detail, [
        ['pointer' => "/$name", 'detail' => $detail],
      ]);
    }
    return $number;
  }

}
