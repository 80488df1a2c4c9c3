<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchAccess;
use Drupal\background_agents\Batch\BatchCommands;
use Drupal\background_agents\Batch\BatchDispatch;
use Drupal\background_agents\Batch\BatchDocument;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\Caller;
use Drupal\background_agents\Http\Cursor;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\QueryParameters;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Batches for programs: list, start, show, steer. Agents have none.
 *
 * @internal
 */
final class BatchesController implements ContainerInjectionInterface {

  use AutowireTrait;

  /**
   * Batches in one answer, and how many when nothing is said.
   */
  private const int MOST = 200;
  private const int USUAL = 50;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly BatchStore $batches,
    private readonly BatchAccess $access,
    private readonly BatchDocument $document,
    private readonly BatchDispatch $dispatch,
    private readonly BatchCommands $commands,
    private readonly Contracts $contracts,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * GET batches: one's own, or all for who sees all runs, the newest first.
   *
   * With a dispatch key: of the agents that it is for.
   */
  public function list(Request $request): Answer {
    $this->refuseOthers();
    if (!RunListAccess::maySee($this->currentUser)) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', 'One of these permissions is needed: ' . implode(', ', RunListAccess::ANY) . '.');
    }
    $query = QueryParameters::of($request, ['limit', 'cursor']);
    $limit = $query->number('limit', self::USUAL, 1, self::MOST);
    $found = $this->batches->before($this->access->scope($this->currentUser), $query->cursor('cursor', 1)[0] ?? 0, $limit + 1);
    $page = array_slice($found, 0, $limit);
    return new Answer([
      'batches' => $this->document->all($page),
      'next' => count($found) > $limit ? Cursor::write([$page[$limit - 1]->id]) : NULL,
    ]);
  }

  /**
   * POST batches: runs an agent over content.
   */
  public function start(Request $request): Answer {
    $this->refuseOthers();
    JsonBody::refuseQuery($request);
    $body = JsonBody::decode($request->getContent());
    JsonBody::check($body, $this->contracts, 'batch#/$defs/request');
    [$batch, $isNew] = $this->dispatch->make($body, (int) $this->currentUser->id(), Caller::of($request)->door);
    return new Answer($this->document->of($batch), $isNew ? 201 : 200);
  }

  /**
   * GET batches/{id}: one batch, and what has become of it.
   */
  public function show(Request $request, int $batch): Answer {
    QueryParameters::of($request, []);
    return new Answer($this->document->of($this->batch($batch, 'view')));
  }

  /**
   * POST batches/{id}/{command}: steers a batch.
   */
  public function command(Request $request, int $batch, string $command): Answer {
    $found = $this->batch($batch, 'manage');
    JsonBody::refuseQuery($request);
    $body = JsonBody::decode($request->getContent());
    JsonBody::check($body, $this->contracts, 'batch#/$defs/' . $command);
    $uid = (int) $this->currentUser->id();
    match ($command) {
      'pause' => $this->commands->pause($found, $uid),
      'resume' => $this->commands->resume($found, $uid),
      'retry' => $this->commands->retryFailed($found, $uid),
      default => $this->commands->cancel($found, $uid, $body->runs ?? FALSE),
    };
    return new Answer($this->document->of($this->batches->load($batch) ?? $found), 202);
  }

  /**
   * A batch for who may do something with it.
   *
   * Batches are numbered: who may not see all of them is told of an unknown one
   * what they are told of another person's.
   */
  private function batch(int $id, string $operation): Batch {
    $this->refuseOthers();
    $found = $this->batches->isThere() ? $this->batches->load($id) : NULL;
    if ($found === NULL && RunListAccess::seesAll($this->currentUser)) {
      throw ProblemException::of(404, 'not_found', 'No such batch', 'There is no batch with this number.');
    }
    $access = $operation === 'view' ? $this->access->view($id, $this->currentUser) : $this->access->manage($id, $this->currentUser);
    return $found !== NULL && $access->isAllowed() ? $found : throw ProblemException::of(403, 'forbidden', 'Not allowed', "There is no batch with this number that you may $operation.");
  }

  private function refuseOthers(): void {
    $this->requested->refuseAnonymous();
    $this->requested->refuseAgents('Agents have no batches.');
  }

}
