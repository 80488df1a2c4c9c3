<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\BuiltInTools;
use Drupal\background_agents\Agent\ToolChoice;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The tools for content: they follow from the table, or are chosen by experts.
 *
 * @internal
 */
final class ToolsPart {

  use StringTranslationTrait;

  /**
   * Builds the part; an agent that is an AI agent has the tools of that.
   */
  public function build(Agent $agent): array {
    if ($agent->isAiAgent()) {
      return [];
    }
    $own = array_values(array_intersect(BuiltInTools::NAMES, $agent->getTools()));
    $by_hand = !ToolChoice::follows($own, $agent->getContent());
    $by_name = ':input[name="content[tools][by_hand]"]';
    $options = $descriptions = [];
    foreach ($this->texts() as $tool => [$label, $description]) {
      $options[$tool] = $label;
      $descriptions[$tool] = ['#description' => $description];
    }
    return [
      '#type' => 'details',
      '#title' => $this->t('Tools'),
      '#description' => $this->t('The agent can describe and read what it may touch, and make or revise drafts where the table lets it: nothing has to be chosen for that. Tools of MCP servers are chosen on the tab "MCP servers".'),
      '#open' => $by_hand,
    ] + $this->wishes($own, $by_name) + [
      'by_hand' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Choose the tools one by one'),
        '#default_value' => $by_hand,
      ],
      'names' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Tools of this agent'),
        '#options' => $options,
        '#default_value' => $own,
        '#states' => ['visible' => [$by_name => ['checked' => TRUE]]],
      ] + $descriptions,
    ];
  }

  /**
   * The tools that nothing asks for.
   */
  private function wishes(array $own, string $by_name): array {
    return [
      'search' => [
        '#type' => 'checkbox',
        '#title' => $this->t('May search'),
        '#description' => $this->t('It finds items of the content in the table by their fields, also others than the one that it is started for.'),
        '#default_value' => in_array(ToolChoice::SEARCH, $own, TRUE),
        '#states' => ['invisible' => [$by_name => ['checked' => TRUE]]],
      ],
      'progress' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Tells how far it is'),
        '#description' => $this->t('It says how many of how many items are done. The page of its run shows a bar and the time left.'),
        '#default_value' => in_array(ToolChoice::PROGRESS, $own, TRUE),
        '#states' => ['invisible' => [$by_name => ['checked' => TRUE]]],
      ],
    ];
  }

  /**
   * Labels and explanations of the tools.
   *
   * @return array<string, array{0: mixed, 1: mixed}>
   *   Label and description, keyed by tool.
   */
  private function texts(): array {
    return [
      'describe_content' => [
        $this->t('Describe content'),
        $this->t('Tells the agent which content types and fields there are and what it may do with them. Almost every agent needs it. Changes nothing.'),
      ],
      'read_item' => [
        $this->t('Read an item'),
        $this->t('Reads one item with all fields that the account may see. Changes nothing.'),
      ],
      'find_items' => [$this->t('Find items'), $this->t('Searches content by fields. Changes nothing.')],
      'create_draft' => [
        $this->t('Create a draft'),
        $this->t('Makes new content as a draft that an editor has to publish.'),
      ],
      'revise_draft' => [
        $this->t('Revise a draft'),
        $this->t('Saves a new draft of existing content. What is published stays as it is until an editor publishes the draft.'),
      ],
      'report_progress' => [
        $this->t('Report progress'),
        $this->t('Tells people how many of how many items are done. Changes nothing.'),
      ],
    ];
  }

  /**
   * Gives the agent its tools; those that are not for content stay.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, array<string, string[]>> $content
   *   What it may touch from now on.
   * @param array<string, mixed> $values
   *   Values of this part; none: it was not shown, and the tools stay.
   */
  public function apply(Agent $agent, array $content, array $values): void {
    if ($values === []) {
      return;
    }
    $own = empty($values['by_hand'])
      ? ToolChoice::of($content, !empty($values['search']), !empty($values['progress']))
      : array_values(array_intersect(BuiltInTools::NAMES, array_filter((array) ($values['names'] ?? []), is_string(...))));
    $definition = $agent->getDefinition();
    $others = array_values(array_diff($definition['tools'], BuiltInTools::NAMES));
    $agent->set('definition', ['tools' => [...$own, ...$others]] + $definition);
  }

}
