<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Http\Cursor;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\QueryParameters;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunFilter;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\background_agents\Run\RunPages;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * GET runs: the runs that the caller may see.
 *
 * @internal
 */
final class RunsListController implements ContainerInjectionInterface {

  use AutowireTrait;

  /**
   * Runs in one answer, and how many when nothing is said.
   */
  private const int MOST = 200;
  private const int USUAL = 50;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly RunPages $pages,
    private readonly RunDocument $document,
    private readonly RunContext $context,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * GET runs: the newest first, without input and output.
   */
  public function list(Request $request): Answer {
    $this->requested->refuseAnonymous();
    if ($this->context->current() === NULL && !RunListAccess::maySee($this->currentUser)) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', 'One of these permissions is needed: ' . implode(', ', RunListAccess::ANY) . '.');
    }
    $query = QueryParameters::of($request, [...RunFilter::PARAMETERS, 'limit', 'cursor', 'count']);
    $filter = RunFilter::of($query);
    $page = $this->pages->of($filter, $this->currentUser, $query->number('limit', self::USUAL, 1, self::MOST), $query->cursor('cursor', 2));
    return new Answer([
      'runs' => array_map($this->document->summary(...), $page->runs),
      'next' => $page->next === NULL ? NULL : Cursor::write($page->next),
    ] + ($query->flag('count') ? ['total' => $this->pages->count($filter, $this->currentUser)] : []));
  }

}
