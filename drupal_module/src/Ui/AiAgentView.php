<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\AiAgents\NoteKind;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Access\AccessManagerInterface;
use Drupal\Core\StringTranslation\PluralTranslatableMarkup;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Shows what an AI agent is, and what becomes of its parts here.
 *
 * @internal
 */
final class AiAgentView {

  use StringTranslationTrait;

  public function __construct(private readonly AccessManagerInterface $access) {}

  /**
   * The table of all parts: those that are missing come first.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function parts(MappedAgent $agent): array {
    $rows = [];
    foreach ([NoteKind::Missing, NoteKind::Different, NoteKind::LeftOut, NoteKind::Taken] as $kind) {
      foreach ($agent->notes($kind) as $note) {
        $rows[] = [
          ['data' => ['part' => ['#plain_text' => $note->part], 'badge' => $this->badge($kind)]],
          ['data' => ['#plain_text' => $note->text]],
        ];
      }
    }
    return [
      '#type' => 'table',
      '#caption' => $this->t('What becomes of each part'),
      '#header' => [$this->t('In the AI agent'), $this->t('In the background agent')],
      '#rows' => $rows,
      '#sticky' => FALSE,
      '#attributes' => ['class' => ['ba-ai-agent-parts']],
    ];
  }

  /**
   * In one sentence, whether it can be run here.
   */
  public function verdict(MappedAgent $agent): TranslatableMarkup|PluralTranslatableMarkup {
    $missing = count($agent->notes(NoteKind::Missing));
    return $missing === 0
      ? $this->t('Can be run here as it is, with the differences that are listed')
      : $this->formatPlural($missing, 'One part has nothing here that does the same', '@count parts have nothing here that does the same');
  }

  /**
   * What an agent has from the AI agent that it is: to be read only.
   *
   * @return array<string, mixed>
   *   Form elements.
   */
  public function readOnly(Agent $agent): array {
    $is = $agent->aiAgent();
    $release = [
      'release' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Give this agent a definition of its own'),
        '#description' => $is === NULL
          ? $this->t('The AI agent %id does not exist any more. System prompt, tools and output schema have to be given anew.', ['%id' => $agent->getAiAgentId()])
          : $this->t('System prompt, tools and output schema are copied, and do not change with the AI agent any more.'),
      ],
    ];
    if ($is === NULL) {
      return $release;
    }
    return $release + [
      'from' => [
        '#type' => 'item',
        '#title' => $this->t('AI agent'),
        '#markup' => $this->t('System prompt, output schema and tools come from the AI agent @link. They are changed there; the next run has them.', ['@link' => $this->link($is)]),
      ],
      'prompt' => $this->text($this->t('System prompt'), $is->systemPrompt),
      'used' => $this->text($this->t('Tools'), implode("\n", $agent->getTools())),
      'output' => $this->text($this->t('Output schema'), $is->outputSchema ?? (string) $this->t('None: the result is text.')),
      'parts' => [
        '#type' => 'details',
        '#title' => $this->t('What becomes of each part of the AI agent'),
        '#open' => !$is->isWhole(),
        'table' => $this->parts($is),
      ],
    ];
  }

  /**
   * What the import of an agent left out or changed.
   *
   * @return array<string, mixed>
   *   Form elements; none, when nothing is left to see to.
   */
  public function importNotes(Agent $agent): array {
    $notes = $agent->getImportNotes();
    if ($notes === []) {
      return [];
    }
    return [
      '#type' => 'details',
      '#title' => $this->formatPlural(count($notes), 'The import left out or changed one thing', 'The import left out or changed @count things'),
      '#open' => TRUE,
      'list' => [
        '#theme' => 'item_list',
        '#items' => array_map(static fn (string $note): array => ['#plain_text' => $note], $notes),
      ],
      'forget' => [
        '#type' => 'checkbox',
        '#title' => $this->t('I have seen to this: forget the list'),
        '#parents' => ['definition', 'forget_notes'],
      ],
    ];
  }

  /**
   * The name, with a link to the AI agent's form for who may open it.
   */
  private function link(MappedAgent $agent): TranslatableMarkup {
    $parameters = ['ai_agent' => $agent->id];
    return $this->access->checkNamedRoute('entity.ai_agent.edit_form', $parameters)
      ? $this->t('<a href=":url">@label</a>', [
        ':url' => Url::fromRoute('entity.ai_agent.edit_form', $parameters)->toString(),
        '@label' => $agent->label,
      ])
      : $this->t('@label', ['@label' => $agent->label]);
  }

  /**
   * A text that cannot be changed here.
   */
  private function text(TranslatableMarkup $title, string $text): array {
    return [
      '#type' => 'item',
      '#title' => $title,
      'text' => [
        '#type' => 'html_tag',
        '#tag' => 'pre',
        '#attributes' => ['class' => ['ba-read-only']],
        'text' => ['#plain_text' => $text],
      ],
    ];
  }

  /**
   * Whether a part is taken over, in words.
   */
  private function badge(NoteKind $kind): array {
    [$tone, $text] = match ($kind) {
      NoteKind::Missing => ['error', $this->t('Missing')],
      NoteKind::Different => ['warning', $this->t('Different')],
      NoteKind::LeftOut => ['info', $this->t('Left out')],
      NoteKind::Taken => ['ok', $this->t('Same')],
    };
    return [
      '#type' => 'html_tag',
      '#tag' => 'span',
      '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . $tone]],
      '#value' => $text,
    ];
  }

}
