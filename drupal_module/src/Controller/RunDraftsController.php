<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Http\Cursor;
use Drupal\background_agents\Http\QueryParameters;
use Drupal\background_agents\Review\DraftPages;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * The drafts of a run: what differs.
 *
 * @internal
 */
final class RunDraftsController implements ContainerInjectionInterface {

  use AutowireTrait;

  /**
   * Drafts in one answer, and how many when nothing is said.
   */
  private const int MOST = 50;
  private const int USUAL = 20;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly DraftPages $pages,
  ) {}

  /**
   * GET runs/{uuid}/drafts: the drafts with what differs in each field.
   */
  public function list(Request $request, string $uuid): Answer {
    $run = $this->requested->forOperation($uuid, 'view');
    $query = QueryParameters::of($request, ['limit', 'cursor']);
    $page = $this->pages->of($run, $query->number('limit', self::USUAL, 1, self::MOST), $query->cursor('cursor', 1)[0] ?? 0);
    return new Answer([
      'drafts' => $page['drafts'],
      'next' => $page['next'] === NULL ? NULL : Cursor::write([$page['next']]),
    ]);
  }

}
